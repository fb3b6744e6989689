#include "outline.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "words.hpp"

namespace pintle::docs {
namespace {

constexpr std::string_view plain_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:";  // none of the values begins with one of -:

std::string scalar(const std::string& text) {
    const bool is_boolean = text == "off" || text == "on" || text == "yes" || text == "no";  // in YAML 1.1
    const bool plain = !text.empty() && !is_boolean && text.find_first_not_of(plain_letters) == std::string::npos;
    return plain ? text : nlohmann::json(text).dump();
}

std::string of_reload(const config::Fields& fields) {
    std::vector<std::string> at_once{"sources", "destinations"};
    for (const auto& field : fields)
        if (!field.at_start && field.target.at != nullptr) at_once.emplace_back(field.path);
    return "A running daemon loads its file again on SIGHUP or `pintle reload`: " + listed(at_once) +
           " change at once; the rest waits for a restart.";
}

std::string of_variables() {
    return "Every key also has an environment variable, which overrides the file: `PINTLE_` and the key, as in "
           "`PINTLE_INGEST_MAX_BODY`; `PINTLE_SOURCE_` or `PINTLE_DESTINATION_` and the key as long as there is one of "
           "them. Eight have names of their own, such as `CUSTOMERIO_API_KEY`: docs/configuration.md names each. A "
           "variable holds a list with commas, as in `PINTLE_SOURCE_TYPES=page,track`; lists of maps (several sources "
           "or "
           "destinations, `admin.tokens`, `events`, `consent`) need a file. Without a file the variables are the "
           "configuration. An unknown variable `PINTLE_...` is an error, and so is a `CUSTOMERIO_...` that is like one "
           "of "
           "these; of others with that prefix, which may be another program's, a warning is logged.";
}

std::string of_secrets() {
    return "A secret may lie in a file: `{file: PATH}` in place of the value, or its variable with `_FILE` "
           "(`CUSTOMERIO_API_KEY_FILE=/run/secrets/key`). A reload reads the file again. Secrets are `write_key`, "
           "`api_key`, `admin.token`, the `token` of `admin.tokens`, `sasl.password` and `telemetry.otlp.headers`. A "
           "file holds one line; the lines of a `write_key` are several keys, for a rotation. A relative path, here "
           "and everywhere, starts at the working directory of the process, not at the configuration file.";
}

}  // namespace

std::vector<Part> parts_of(std::span<const config::Field> fields, std::string_view below) {
    std::vector<Part> parts;
    while (!fields.empty()) {
        const std::string_view path = fields.front().path;
        const auto dot = path.find('.', below.size());
        Part part{path.substr(below.size(), dot - below.size()), {}, fields.first(1)};
        if (dot != std::string_view::npos) {
            part.below = path.substr(0, dot + 1);
            const auto end = std::ranges::find_if_not(
                fields, [&](const config::Field& field) { return field.path.starts_with(part.below); });
            part.fields = {fields.begin(), end};
        }
        fields = fields.subspan(part.fields.size());
        parts.push_back(part);
    }
    return parts;
}

std::string yaml_of(const config::Field& field) {
    if (field.shape == config::Field::Shape::maps) return "[]";  // the default of those below a list
    if (field.shape == config::Field::Shape::settings) return "{}";
    const auto texts = field.show();
    if (field.shape == config::Field::Shape::value) return scalar(texts.front());
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : ", ") + scalar(text);
    return '[' + all + ']';
}

std::vector<std::string> introduction() {
    config::Config config;
    const auto fields = config::fields_of(config);
    return {
        "Durations are written 500ms, 30s, 5m, 24h, 7d; sizes 32KB (32,000 bytes), 32KiB (32,768), likewise MB, MiB, "
        "GB, "
        "GiB. "
        "Any value may name environment variables: `${VAR}`, or `${VAR:-default}` where it may be unset (`$${` is a "
        "plain "
        "`${`). An unknown key is an error that names its line. `pintle check-config FILE` shows all that is wrong. "
        "`pintle config schema` prints a JSON Schema, with which editors complete and check the file.",
        of_reload(fields),
        of_variables(),
        of_secrets(),
    };
}

}  // namespace pintle::docs
