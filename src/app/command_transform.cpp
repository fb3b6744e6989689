#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/loading.hpp"
#include "pintle/app/commands.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::app {
namespace {

std::string json_text(std::string_view plain) {
    return nlohmann::json(plain).dump();
}

const Destination* pick(const Config& config, const std::string& name) {
    const auto& all = config.destinations;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Destination& d) { return name.empty() || d.name == name; });
    if (found != all.end()) return &*found;
    std::cerr << "no destination is named \"" << name << "\"; there are:";
    for (const auto& destination : all) std::cerr << ' ' << destination.name;
    std::cerr << '\n';
    return nullptr;
}

void write_request(const mapping::Request& request, const std::string& host, std::string& out) {
    out.append(R"({"method":")").append(request.method).append(R"(","host":)").append(host);
    out.append(R"(,"path":)").append(json_text(request.path));
    out.append(R"(,"body":)").append(request.body.empty() ? "null" : request.body).append("}\n");
}

int transform(const std::string& file, const std::string& name) {
    const auto config = load_or_explain(file, Purpose::transform);
    if (!config) return exit_usage;
    const Destination* destination = pick(*config, name);
    if (destination == nullptr) return exit_usage;

    std::ios::sync_with_stdio(false);
    const std::string host = json_text(destination->endpoint().authority());
    mapping::Mapper mapper(destination->mapping);
    mapping::Event event;
    mapping::Mapped mapped;
    std::string line;
    std::string out;
    while (std::getline(std::cin, line)) {
        out.clear();
        auto outcome = event.parse(line);
        if (outcome) outcome = mapper.map(event, mapped);
        if (outcome) {
            write_request(mapped.request, host, out);
        } else {
            out.append(R"({"error":)").append(json_text(outcome.error().reason)).append("}\n");
        }
        std::cout << out;
        if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();  // somebody may be typing
    }
    std::cout.flush();
    return std::cout ? exit_fine : exit_failed;
}

}  // namespace

void add_transform_command(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("transform",
                                       "Map events without sending them: one event a line on stdin, for each one line "
                                       "on stdout, the request or the reason why there is none");
    auto file = std::make_shared<std::string>();
    auto destination = std::make_shared<std::string>();
    command->add_option("--config", *file, "Configuration file; without one the environment's destination counts");
    command->add_option("--destination", *destination,
                        "Name of the destination whose options count (default: the first)");
    command->callback([=, &chosen] { chosen = [=] { return transform(*file, *destination); }; });
}

}  // namespace pintle::app
