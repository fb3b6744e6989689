#include <memory>

#include <CLI/CLI.hpp>

#include "manual/command.hpp"
#include "pintle/manual/manual.hpp"

namespace pintle::manual {
namespace {

// As CLI11 shows it, but for what an option takes: its value by name alone, without how CLI11 checks it.
class Help final : public CLI::Formatter {
public:
    std::string make_option_opts(const CLI::Option* option) const override {
        const auto argument = described(option);
        if (!argument.takes_value) return {};
        return " " + argument.type + (argument.repeats ? " ..." : "");
    }

    std::string make_option_desc(const CLI::Option* option) const override { return explained(described(option)); }

private:
    // CLI11 tells the checks only of an option that may be changed.
    static Argument described(const CLI::Option* option) { return describe(const_cast<CLI::Option&>(*option)); }
};

}  // namespace

void set_help(CLI::App& app) {
    app.formatter(std::make_shared<Help>());
}

}  // namespace pintle::manual
