#include "app/config_environment.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "app/config_fields.hpp"

namespace pintle::app {
namespace {

struct Variable {
    std::string_view name;
    std::string_view path;  // the field it sets
};

constexpr std::array daemon_variables{
    Variable{"PINTLE_LISTEN", "listen"},
    Variable{"PINTLE_ADMIN_LISTEN", "admin.listen"},
    Variable{"PINTLE_JOURNAL_DIRECTORY", "journal.directory"},
    Variable{"PINTLE_LOG_LEVEL", "log.level"},
};
constexpr std::array source_variables{
    Variable{"PINTLE_WRITE_KEY", "write_key"},
};
constexpr std::array destination_variables{
    Variable{"CUSTOMERIO_SITE_ID", "site_id"},
    Variable{"CUSTOMERIO_API_KEY", "api_key"},
    Variable{"CUSTOMERIO_REGION", "region"},
    Variable{"CUSTOMERIO_BASE_URL", "base_url"},
    Variable{"CUSTOMERIO_API_VERSION", "api_version"},
    Variable{"CUSTOMERIO_CA_FILE", "ca_file"},
    Variable{"CUSTOMERIO_DEVICE_TOKEN_EVENT_NAME", "device_token_event_name"},
};

class Overrides {
public:
    Overrides(const Environment& environment, bool alone, Report& report)
        : environment_(environment), alone_(alone), report_(report) {}

    void apply(std::span<const Variable> variables, const std::string& below, const Fields& fields) {
        for (const auto& [name, path] : variables) {
            const std::string variable(name);
            const std::string full = below + std::string(path);
            const auto value = get(variable);
            if (value || alone_) report_.from_variable(full, variable);
            if (!value) continue;
            const auto field = std::ranges::find(fields, path, &Field::path);
            if (field->clear) field->clear();
            if (const Complaint complaint = field->set(*value)) report_.problem(full, *complaint);
        }
    }

    // Of `items` there must be one, so that it is clear whom the variables mean; without any they make one.
    template <class Item>
    void apply(std::span<const Variable> variables, const std::string& list, std::vector<Item>& items,
               const char* default_name, bool always) {
        const bool any = std::ranges::any_of(variables, [&](const Variable& v) { return get(v.name).has_value(); });
        if (items.empty() && (any || always)) items.emplace_back().name = default_name;
        if (items.size() == 1) return apply(variables, list + "[0].", fields_of(items[0]));
        if (!items.empty()) warn_that_ignored(variables, list, items.size());
    }

private:
    // Empty counts as unset.
    std::optional<std::string> get(std::string_view variable) const {
        auto value = environment_(std::string(variable));
        if (value && value->empty()) value.reset();
        return value;
    }

    void warn_that_ignored(std::span<const Variable> variables, const std::string& list, std::size_t count) {
        const std::string reason = "is not applied, because there are " + std::to_string(count) + ' ' + list +
                                   "; where it is meant, name it in the file as ${...}";
        for (const Variable& variable : variables) {
            const std::string name(variable.name);
            if (get(name) && !report_.is_used(name)) report_.warn_of_variable(name, reason);
        }
    }

    const Environment& environment_;
    bool alone_;
    Report& report_;
};

}  // namespace

void apply_environment(const Environment& environment, bool alone, Purpose purpose, Config& config, Report& report) {
    Overrides overrides(environment, alone, report);
    overrides.apply(daemon_variables, "", fields_of(config));
    overrides.apply(source_variables, "sources", config.sources, "default", alone && purpose == Purpose::serve);
    overrides.apply(destination_variables, "destinations", config.destinations, "customerio", alone);
}

}  // namespace pintle::app
