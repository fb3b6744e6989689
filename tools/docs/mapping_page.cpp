#include "mapping_page.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "fields.hpp"
#include "json_text.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/customerio/errors.hpp"
#include "pintle/customerio/mapper.hpp"
#include "words.hpp"

namespace pintle::docs {
namespace {

struct Block {
    bool table = false;
    std::string show = "request";
    std::vector<std::string> options;  // as they would stand in the file: "`created_at: omit`"
    customerio::Options mapping;
    std::vector<std::string> lines;
};

void set_option(Block& block, const std::string& name, const std::string& value) {
    config::Destination destination;
    destination.mapping = block.mapping;
    const auto fields = config::fields_of(destination);
    const auto field = std::ranges::find(fields, name, &config::Field::path);
    if (field == fields.end()) throw std::runtime_error("there is no option " + name);
    if (const auto complaint = field->set(value)) throw std::runtime_error(name + ": " + *complaint);
    block.mapping = destination.mapping;
    block.options.push_back('`' + name + ": " + value + '`');
}

// From what stands behind the fence: "events show=timestamp".
Block block_of(const std::string& info) {
    std::istringstream words(info);
    std::string word;
    words >> word;
    Block block;
    block.table = word == "events";
    while (words >> word) {
        const auto split = word.find('=');
        if (split == std::string::npos) throw std::runtime_error(word + " is not of the form name=value");
        if (word.starts_with("show="))
            block.show = word.substr(split + 1);
        else
            set_option(block, word.substr(0, split), word.substr(split + 1));
    }
    return block;
}

// What the mapper makes of an event: the request, or the reason why there is none.
struct Outcome {
    HttpRequest request;
    std::optional<Reason> error;
};

Outcome map(const std::string& text, const customerio::Options& options) {
    json::Event event;
    customerio::Mapped mapped;
    customerio::Mapper mapper(options);
    auto outcome = event.parse(text);
    if (outcome) outcome = mapper.map(event, mapped);
    if (!outcome) return {{}, outcome.error()};
    return {std::move(mapped.request), std::nullopt};
}

std::string in_code(std::string_view text) {
    return '`' + std::string(text) + '`';
}

std::string call_of(const HttpRequest& request) {
    return std::string(request.method) + ' ' + request.path;
}

std::string fenced(const std::string& language, const std::string& text) {
    return "```" + language + '\n' + text + "\n```\n";
}

std::string one_event(const Block& block) {
    std::string text;
    for (const auto& line : block.lines) text += (text.empty() ? "" : "\n") + line;
    std::string page = fenced("json", text) + '\n';
    const auto [request, error] = map(text, block.mapping);
    const std::string with = block.options.empty() ? "" : "With " + listed(block.options) + ": ";
    if (error) return page + with + "rejected, " + in_code(sentence(*error)) + ".\n";
    if (!with.empty()) page += with.substr(0, with.size() - 1) + "\n\n";
    const std::string body = request.body.empty() ? "" : "\n\n" + cli::indented(request.body, 0);
    return page + fenced("http", call_of(request) + body);
}

std::string cell(const Block& block, const std::string& event) {
    const auto [request, error] = map(event, block.mapping);
    if (error && block.show == "reason") return in_code(code(*error)) + " | " + in_code(sentence(*error));
    if (error) return "rejected: " + in_code(sentence(*error));
    if (block.show == "reason") throw std::runtime_error("is not rejected: " + event);
    if (block.show == "request") return '`' + call_of(request) + '`';
    const auto member = cli::member_of(request.body, block.show);
    return member.empty() ? "none" : '`' + std::string(member) + '`';
}

std::string table(const Block& block) {
    std::string page =
        "| event | " + (block.show == "request" ? block.show : in_code(block.show)) + " |\n| --- | --- |\n";
    if (block.show == "reason") page = "| event | reason | message |\n| --- | --- | --- |\n";
    for (const auto& event : block.lines) page += "| `" + event + "` | " + cell(block, event) + " |\n";
    return page;
}

void check_complete(const std::string& page) {
    for (const auto reason : customerio::errors)
        if (page.find(sentence(reason)) == std::string::npos)
            throw std::runtime_error("does not show " + std::string(code(reason)));
}

}  // namespace

std::string mapping_page(const std::string& source) {
    std::istringstream lines(source);
    std::string line;
    std::string page;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (!line.starts_with("```event")) {
            page += line + '\n';
            continue;
        }
        try {
            Block block = block_of(line.substr(3));
            while (++number, std::getline(lines, line) && line != "```") block.lines.push_back(line);
            page += block.table ? table(block) : one_event(block);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error("docs/mapping.in.md:" + std::to_string(number) + ": " + error.what());
        }
    }
    check_complete(page);
    return page;
}

}  // namespace pintle::docs
