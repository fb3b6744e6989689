#include <algorithm>

#include "app/config_fields.hpp"
#include "pintle/app/commands.hpp"

namespace pintle::app {
namespace {

void add(const std::string& below, const Fields& fields, std::vector<Variable>& variables) {
    for (const auto& field : fields) {
        if (field.variable.empty()) continue;
        std::string help(field.help);
        std::erase(help, '`');
        variables.push_back({std::string(field.variable), below + std::string(field.path) + ": " + help});
    }
}

}  // namespace

std::vector<Variable> configuration_variables() {
    std::vector<Variable> variables;
    Config config;
    add("", fields_of(config), variables);
    Source source;
    add("sources[].", fields_of(source), variables);
    Destination destination;
    add("destinations[].", fields_of(destination), variables);
    return variables;
}

}  // namespace pintle::app
