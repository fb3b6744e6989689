#include "examples.hpp"

#include <array>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace pintle::cli {
namespace {

struct Example {
    std::string_view command;  // as the arguments that choose it
    std::string_view line;     // as it is typed into a shell
};

constexpr std::array examples{
    Example{"serve", "pintle serve --config /etc/pintle/pintle.yaml"},
    Example{"check-config", "pintle check-config /etc/pintle/pintle.yaml"},
    Example{"check-config", "pintle check-config --without-secrets config/pintle.yaml"},
    Example{"check-config", "pintle check-config --connect /etc/pintle/pintle.yaml"},
    Example{"config schema", "pintle config schema >pintle.schema.json"},
    Example{"reload", "pintle reload --config /etc/pintle/pintle.yaml"},
    Example{"reload", "pintle reload --admin http://localhost:9090"},
    Example{"status", "pintle status --config /etc/pintle/pintle.yaml"},
    Example{"status", "pintle status --json --admin http://localhost:9090"},
    Example{"top", "pintle top --interval 5s"},
    Example{"top", "pintle top --json --count 1"},
    Example{"tap", "pintle tap --user ada --recent 20"},
    Example{"tap", "pintle tap --outcome dead_letter --json"},
    Example{"pause", "pintle pause customerio --message 'their maintenance'"},
    Example{"resume", "pintle resume customerio"},
    Example{"backlog", "pintle backlog --destination customerio --limit 10"},
    Example{"backlog", "pintle backlog --user ada --json"},
    Example{"backlog", "pintle backlog --directory /var/lib/pintle/journal"},
    Example{"dead-letters list", "pintle dead-letters list --since 2h --reason rejected_400"},
    Example{"dead-letters list", "pintle dead-letters list --directory /var/lib/pintle/journal"},
    Example{"dead-letters show", "pintle dead-letters show customerio/1"},
    Example{"dead-letters export", "pintle dead-letters export --since 7d >dead-letters.jsonl"},
    Example{"dead-letters import", "pintle dead-letters import dead-letters.jsonl"},
    Example{"dead-letters replay", "pintle dead-letters replay customerio/1 customerio/2"},
    Example{"dead-letters replay", "pintle dead-letters replay --reason too_old"},
    Example{"dead-letters purge", "pintle dead-letters purge --until 2026-01-31 --yes"},
    Example{"erase", "pintle erase --user-id ada --anonymous-id 5f2b9c --dry-run"},
    Example{"erase", "pintle erase --user-id ada --yes"},
    Example{"journal check", "pintle journal check --directory /var/lib/pintle/journal"},
    Example{"journal repair", "pintle journal repair --config /etc/pintle/pintle.yaml"},
    Example{"journal discard", "pintle journal discard customerio --yes"},
    Example{"import", "pintle import events.ndjson --dry-run"},
    Example{"import", "PINTLE_WRITE_KEY=key pintle import events.ndjson --url http://localhost:8080 --rate 500"},
    Example{"import", "pintle import events.ndjson --write-key key --wait 10m --config /etc/pintle/pintle.yaml"},
    Example{"transform", "pintle transform --config /etc/pintle/pintle.yaml <events.ndjson"},
    Example{"sandbox", "pintle sandbox --listen 127.0.0.1:8443 --directory sandbox"},
    Example{"sandbox", "pintle sandbox --plain --listen 127.0.0.1:8081 --fail-rate 0.1 --fail-status 503"},
    Example{"compare", "pintle compare rudderstack.ndjson pintle.ndjson"},
};

void add_examples(CLI::App& command, const std::string& path) {
    std::string lines;
    for (const auto& example : examples) {
        if (example.command == path) lines.append("\n  ").append(example.line);
    }
    if (lines.empty()) return;
    const auto footer = command.get_footer();
    command.footer(footer + (footer.empty() ? "" : "\n\n") + "Examples:" + lines);
}

}  // namespace

void add_examples(CLI::App& app) {
    for (auto* command : app.get_subcommands({})) {
        add_examples(*command, command->get_name());
        for (auto* sub : command->get_subcommands({})) add_examples(*sub, command->get_name() + " " + sub->get_name());
    }
}

}  // namespace pintle::cli
