#include "yaml_documents.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace pintle::config {
namespace {

// Records where the latest document begins.
class Beginning : public YAML::EventHandler {
public:
    YAML::Mark mark;

    void OnDocumentStart(const YAML::Mark& where) override { mark = where; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

constexpr std::size_t max_size = 4UL << 20U;

// Whether that line, counted from 0, begins with spaces and a tab.
bool is_indented_with_tab(std::string_view text, int line) {
    for (int i = 0; i < line && !text.empty(); ++i) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    const auto first = text.find_first_not_of(' ');
    return first != std::string_view::npos && text[first] == '\t';
}

YamlDocuments parse(const std::string& text) {
    YamlDocuments documents;
    std::istringstream in(text);
    YAML::Parser parser(in);
    Beginning beginning;
    if (!parser.HandleNextDocument(beginning)) return documents;
    if (parser.HandleNextDocument(beginning)) documents.second = beginning.mark;
    documents.first = YAML::Load(text);
    return documents;
}

}  // namespace

std::string read_yaml(const std::string& file, files::Kind kind) {
    return files::read(file, max_size, kind);
}

std::optional<std::string> block_of_key(std::string_view text, std::string_view key) {
    std::string block;
    bool is_inside = false;
    bool is_mentioned = false;
    for (std::size_t number = 0; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto content = line.substr(std::min(line.find_first_not_of(" \t\r"), line.size()));
        const bool is_key = line.starts_with(key) && line.substr(key.size()).starts_with(':');
        if (is_key && !block.empty()) return std::nullopt;
        if (is_key) block.assign(number, '\n');
        const bool is_comment = content.empty() || content.starts_with('#');
        const bool continues = content.size() < line.size() || content.starts_with('-');  // lists may be at the margin
        if (!is_comment) is_inside = is_key || (is_inside && continues);
        if (!is_comment) is_mentioned = is_mentioned || content.find(key) != std::string_view::npos;
        if (is_inside) block.append(line).append("\n");
    }
    if (block.empty() && is_mentioned) return std::nullopt;
    return block;
}

YamlDocuments parse_yaml(const std::string& text) {
    try {
        return parse(text);
    } catch (const YAML::Exception& error) {
        if (!is_indented_with_tab(text, error.mark.line)) throw;
        throw YAML::ParserException(error.mark, "a tab in the indentation, where YAML allows only spaces");
    }
}

}  // namespace pintle::config
