#include "environment.hpp"

#include <algorithm>

#include "fields.hpp"

namespace pintle::config {
namespace {

class Overrides {
public:
    Overrides(const Environment& environment, bool alone, Report& report)
        : environment_(environment), alone_(alone), report_(report) {}

    void apply(const std::string& below, const Fields& fields) {
        for (const Field& field : fields) {
            if (field.variable.empty()) continue;
            const std::string variable(field.variable);
            const std::string full = below + std::string(field.path);
            const auto value = get(variable);
            if (value || alone_) report_.from_variable(full, variable);
            if (!value) continue;
            if (field.clear) field.clear();
            if (const ValidationError error = field.set(*value)) report_.problem(full, *error);
        }
    }

    // Variables apply to the only item of `items`; where there is none, set variables create one.
    template <class Item>
    void apply(const std::string& list, std::vector<Item>& items, const char* default_name, bool always) {
        Item any;
        const Fields fields = fields_of(any);
        if (items.empty() && (always || std::ranges::any_of(fields, [&](const Field& f) { return is_set(f); })))
            items.emplace_back().name = default_name;
        if (items.size() == 1) return apply(list + "[0].", fields_of(items[0]));
        if (!items.empty()) warn_that_ignored(fields, list, items.size());
    }

private:
    // An empty variable counts as unset.
    std::optional<std::string> get(std::string_view variable) const {
        auto value = environment_(std::string(variable));
        if (value && value->empty()) value.reset();
        return value;
    }

    bool is_set(const Field& field) const { return !field.variable.empty() && get(field.variable).has_value(); }

    void warn_that_ignored(const Fields& fields, const std::string& list, std::size_t count) {
        const std::string reason = "is not applied, because there are " + std::to_string(count) + ' ' + list +
                                   "; refer to it in the file as ${...} instead";
        for (const Field& field : fields) {
            const std::string name(field.variable);
            if (is_set(field) && !report_.is_used(name)) report_.warn_of_variable(name, reason);
        }
    }

    const Environment& environment_;
    bool alone_;
    Report& report_;
};

}  // namespace

void apply_environment(const Environment& environment, bool alone, Purpose purpose, Config& config, Report& report) {
    Overrides overrides(environment, alone, report);
    overrides.apply("", fields_of(config));
    overrides.apply("sources", config.sources, "default", alone && purpose == Purpose::serve);
    overrides.apply("destinations", config.destinations, "customerio", alone);
}

}  // namespace pintle::config
