#include <algorithm>

#include "fields.hpp"
#include "pintle/config/variables.hpp"

namespace pintle::config {
namespace {

void add(const std::string& below, const Fields& fields, std::vector<Variable>& variables) {
    for (const auto& field : fields) {
        if (field.variable.empty()) continue;
        std::string text = below;
        text.append(field.path).append(": ").append(field.help);
        std::erase(text, '`');
        variables.push_back({field.variable, std::move(text)});
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

}  // namespace pintle::config
