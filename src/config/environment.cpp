#include "environment.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "fields.hpp"
#include "named_file.hpp"
#include "pintle/base/spelling.hpp"

namespace pintle::config {
namespace {

constexpr std::string_view file_suffix = "_FILE";

std::string in_file(const std::string& variable) {
    return variable + std::string(file_suffix);
}

constexpr std::string_view own_prefix = "PINTLE_";
constexpr std::string_view shared_prefix = "CUSTOMERIO_";  // other programs may have variables with it too

// A variable that Kubernetes and Docker set for a service or a linked container of that name.
bool is_of_service(const std::string& name) {
    static const std::regex pattern(
        "(PINTLE|CUSTOMERIO)_(.*_)?(SERVICE_(HOST|PORT(_.*)?)|PORT(_[0-9]+_(TCP|UDP|SCTP)(_.*)?)?)");
    return std::regex_match(name, pattern);
}

// The names by which somebody may look for a variable, and the variable: its own name, and the one that its key names.
using Names = std::map<std::string, std::string>;

Names variables_by_name() {
    Names names;
    const auto add = [&](const Fields& fields) {
        for (const Field& field : fields) {
            if (field.variable.empty()) continue;
            for (const auto& name : {field.variable, field.named_variable}) {
                names[name] = field.variable;
                if (field.secret) names[in_file(name)] = in_file(field.variable);
            }
        }
    };
    Config config;
    Source source;
    Destination destination;
    add(fields_of(config));
    add(fields_of(source));
    add(fields_of(destination));
    return names;
}

// The variable that `name` was probably meant to be; empty if none is similar. The prefix says nothing, as all have it.
std::string similar_variable(std::string_view name, std::string_view prefix, const Names& variables) {
    std::vector<std::string> rests;
    for (const auto& [known, variable] : variables)
        if (known.starts_with(prefix)) rests.push_back(known.substr(prefix.size()));
    const auto similar = similar_word(name.substr(prefix.size()), rests);
    return similar.empty() ? similar : variables.at(std::string(prefix) + similar);
}

// A misspelled variable would be ignored without a word.
class UnknownVariables {
public:
    UnknownVariables(const Environment& environment, Report& report) : environment_(environment), report_(report) {}

    void report_all() {
        for (const auto& name : environment_.names()) {
            const auto found = variables_.find(name);
            const bool is_known = found != variables_.end() && found->second == name;
            if (is_known || report_.is_used(name) || is_of_service(name)) continue;
            if (name.starts_with(own_prefix)) report_own(name);
            if (name.starts_with(shared_prefix)) report_shared(name);
        }
    }

private:
    void report_own(const std::string& name) {
        if (const auto meant = meant_by(name, own_prefix)) return report_.problem_of_variable(name, *meant);
        report_.problem_of_variable(name, "there is no such variable; docs/configuration.md lists all");
    }

    // What is like none of ours, or like one that is set, belongs to another program.
    void report_shared(const std::string& name) {
        if (const auto meant = meant_by(name, shared_prefix)) return report_.problem_of_variable(name, *meant);
        const auto plain = without_file(name);
        report_.warn_of_variable(name, plain.empty()
                                           ? "is not one of pintle's variables and is ignored"
                                           : "is ignored: only a secret may lie in a file, and " + plain + " is set");
    }

    // Nothing if no variable is similar, or, with the prefix of other programs, if that one is set.
    std::optional<std::string> meant_by(const std::string& name, std::string_view prefix) const {
        const auto plain = without_file(name);
        const auto similar = plain.empty() ? similar_variable(name, prefix, variables_) : plain;
        if (similar.empty() || (prefix == shared_prefix && is_set(similar))) return std::nullopt;
        return plain.empty() ? "there is no such variable; did you mean " + similar + "?"
                             : "only a secret may lie in a file; set " + plain;
    }

    // An empty variable counts as unset: `-e X="$X"` passes one on that is not set.
    bool is_set(const std::string& variable) const { return !environment_(variable).value_or("").empty(); }

    // Of X_FILE the variable X, where its value is no secret; otherwise empty.
    std::string without_file(const std::string& name) const {
        if (!name.ends_with(file_suffix) || variables_.contains(name)) return {};
        const auto found = variables_.find(name.substr(0, name.size() - file_suffix.size()));
        return found == variables_.end() ? std::string() : found->second;
    }

    const Environment& environment_;
    Report& report_;
    const Names variables_ = variables_by_name();
};

// `a, b` as a and b.
std::vector<std::string> split_at_commas(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string> items;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        auto item = text.substr(0, comma);
        item.remove_prefix(std::min(item.find_first_not_of(blanks), item.size()));
        item = item.substr(0, item.find_last_not_of(blanks) + 1);
        items.emplace_back(item);
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
    }
    return items;
}

class Overrides {
public:
    Overrides(const Environment& environment, bool alone, Purpose purpose, Report& report)
        : environment_(environment), alone_(alone), purpose_(purpose), report_(report) {}

    void apply(const std::string& below, const Fields& fields) {
        for (const Field& field : fields) {
            if (field.variable.empty()) continue;
            std::string variable = field.variable;
            const std::string full = below + std::string(field.path);
            const auto line = report_.line_of(full);
            const auto value = value_of(field, full, variable);
            if (value || alone_) report_.from_variable(full, variable);
            if (!value) continue;
            const auto before = field.show();
            if (field.clear) field.clear();
            for (const auto& text : *value) {
                if (const ValidationError error = field.set(text)) report_.problem(full, *error);
            }
            if (line && field.show() != before) warn_of_override(variable, full, *line);
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
    std::optional<std::string> get(const std::string& variable) const {
        auto value = environment_(variable);
        if (value && value->empty()) value.reset();
        return value;
    }

    // Of the variable, or of the file that NAME_FILE names for a secret. `variable` becomes the one that is set.
    // One value, unless it is a list.
    std::optional<std::vector<std::string>> value_of(const Field& field, const std::string& path,
                                                     std::string& variable) {
        const auto value = get(field.variable);
        const auto file = field.secret ? get(in_file(field.variable)) : std::nullopt;
        if (!file && !value) return std::nullopt;
        if (!file) return is_list_in_variable(field) ? split_at_commas(*value) : std::vector{*value};
        variable = in_file(field.variable);
        report_.from_variable(path, variable);
        if (value) {
            report_.problem(path, field.variable + " is set too; unset one of the two");
            return std::nullopt;
        }
        std::string problem;
        const auto allowed = field.shape == Field::Shape::value_or_list ? Secrets::several : Secrets::one;
        auto secrets = read_secret_file(*file, allowed, problem);
        if (!secrets && reads_all(purpose_)) report_.missing_secret(purpose_, path, problem);
        if (!secrets && !reads_all(purpose_)) report_.unread_secret(path, problem);
        return secrets;
    }

    bool is_set(const Field& field) const {
        if (field.variable.empty()) return false;
        return get(field.variable) || (field.secret && get(in_file(field.variable)));
    }

    // Only a check shows it: a daemon may be meant to run like this. A reference in the file says it already.
    void warn_of_override(const std::string& variable, const std::string& path, int line) {
        const bool is_check = purpose_ == Purpose::check || purpose_ == Purpose::check_without_secrets;
        if (!is_check || report_.is_used(variable)) return;
        report_.warn_of_variable(variable, "overrides " + path + " of line " + std::to_string(line));
    }

    void warn_that_ignored(const Fields& fields, const std::string& list, std::size_t count) {
        if (purpose_ == Purpose::locate) return;  // `pintle import` takes PINTLE_WRITE_KEY for itself
        const std::string reason =
            "is not applied, because there are " + std::to_string(count) + ' ' + list + "; refer to it in the file as ";
        for (const Field& field : fields) {
            if (!is_set(field) || report_.is_used(field.variable)) continue;
            // Without these, events and the credentials would go to another host than before.
            if (field.path == "base_url" || field.path == "region") {
                report_.problem_of_variable(field.variable, reason + "${" + field.variable + '}');
                continue;
            }
            if (get(field.variable)) report_.warn_of_variable(field.variable, reason + "${" + field.variable + '}');
            const auto file = in_file(field.variable);
            if (field.secret && get(file) && !report_.is_used(file))
                report_.warn_of_variable(file, std::string(reason).append("{file: \"${").append(file).append("}\"}"));
        }
    }

    const Environment& environment_;
    bool alone_;
    Purpose purpose_;
    Report& report_;
};

// Programs with OpenTelemetry's SDK read it; whoever sets it expects exports.
void warn_of_opentelemetry(const Environment& environment, const Config& config, Report& report) {
    constexpr const char* variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    if (environment(variable).value_or("").empty() || config.otlp.endpoint) return;
    report.warn_of_variable(variable,
                            "is not read, and nothing is exported; set PINTLE_TELEMETRY_OTLP_ENDPOINT or "
                            "telemetry.otlp.endpoint");
}

}  // namespace

void apply_environment(const Environment& environment, bool alone, Purpose purpose, Config& config, Report& report) {
    Overrides overrides(environment, alone, purpose, report);
    overrides.apply("", fields_of(config));
    overrides.apply("sources", config.sources, "default",
                    alone && (purpose == Purpose::serve || purpose == Purpose::check));
    overrides.apply("destinations", config.destinations, "customerio", alone);
    if (!reads_all(purpose)) return;
    UnknownVariables(environment, report).report_all();
    warn_of_opentelemetry(environment, config, report);
}

}  // namespace pintle::config
