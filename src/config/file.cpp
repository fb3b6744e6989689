#include "file.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <yaml-cpp/yaml.h>

#include "fields.hpp"
#include "named_file.hpp"
#include "pintle/base/spelling.hpp"
#include "yaml_documents.hpp"

namespace pintle::config {
namespace {

int line_of(const YAML::Mark& mark) {
    return std::max(mark.line, 0) + 1;
}

// What is wrong, most likely, where the parser only says what it did not expect.
std::string_view hint_of(std::string_view error) {
    using namespace YAML::ErrorMsg;
    const auto is_one_of = [&](auto... messages) { return ((error == messages) || ...); };
    if (is_one_of(END_OF_MAP_FLOW, END_OF_SEQ_FLOW, FLOW_END))
        return " (a { or [ is not closed, or closed twice; a value that begins with one needs quotes)";
    if (is_one_of(END_OF_MAP, END_OF_SEQ, MAP_VALUE, BLOCK_ENTRY))
        return " (the indentation differs here, or the line above has no colon, or a value needs quotes: one that "
               "begins with one of [ { * & ! or has a colon and a space)";
    if (is_one_of(UNKNOWN_TOKEN, ALIAS_NOT_FOUND, ANCHOR_NOT_FOUND, CHAR_IN_ALIAS, CHAR_IN_ANCHOR, UNKNOWN_ANCHOR))
        return " (a value that begins with one of * & ! @ % ` needs quotes)";
    return {};
}

std::string join(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + '.' + key;
}

// The allowed keys directly below `prefix` ("" or "retry.").
std::vector<std::string> keys_below(const Fields& fields, std::string_view prefix) {
    std::vector<std::string> keys;
    for (const Field& field : fields) {
        if (!field.path.starts_with(prefix)) continue;
        std::string key(field.path.substr(prefix.size()));
        key.resize(std::min(key.find('.'), key.size()));
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
    return keys;
}

std::string advice(const std::string& key, const Fields& fields, const std::string& prefix) {
    const auto keys = keys_below(fields, prefix);
    if (const auto similar = similar_word(key, keys); !similar.empty()) return "; did you mean " + similar + "?";
    for (const Field& field : fields)  // a known key in the wrong map
        if (field.path == key || field.path.ends_with('.' + key))
            return "; did you mean " + std::string(field.path) + "?";
    std::string all;
    for (const std::string& k : keys) all += (all.empty() ? "" : ", ") + k;
    return "; allowed: " + all;
}

// Reads a document into fields.
class FileReader {
public:
    FileReader(const Environment& environment, Purpose purpose, Report& report)
        : environment_(environment), purpose_(purpose), report_(report) {}

    // Reads the keys of `node`, which is at `path` in the file and at `prefix` in `fields`.
    void read_map(const YAML::Node& node, const std::string& path, const std::string& prefix, const Fields& fields) {
        if (node.IsNull()) return;
        if (!node.IsMap()) return report_.problem(line_of(node.Mark()), path, "must be a map of keys and values");
        std::set<std::string> seen;
        for (const auto& member : node) {
            if (report_.full()) return;
            const int line = line_of(member.first.Mark());
            if (!member.first.IsScalar()) {
                report_.problem(line, path, "a key must be a word");
                continue;
            }
            const std::string& key = member.first.Scalar();
            if (!seen.insert(key).second)
                report_.problem(line, join(path, key), "is given twice; remove one of the two");
            else
                read_member(key, line, member.second, path, prefix, fields);
        }
    }

private:
    void read_member(const std::string& key, int line, const YAML::Node& node, const std::string& path,
                     const std::string& prefix, const Fields& fields) {
        const std::string here = join(path, key);
        const std::string name = prefix + key;
        if (const auto field = std::ranges::find(fields, name, &Field::path); field != fields.end()) {
            report_.on_line(here, line);
            read_field(node, here, *field);
        } else if (std::ranges::any_of(fields, [&](const Field& f) { return f.path.starts_with(name + '.'); })) {
            report_.on_line(here, line);
            read_map(node, here, name + '.', fields);
        } else {
            report_.problem(line, here, "unknown key" + advice(key, fields, prefix));
        }
    }

    void read_field(const YAML::Node& node, const std::string& path, const Field& field) {
        if (node.IsNull()) return;
        if (field.shape == Field::Shape::value) return read_value(node, path, field);
        if (field.clear) field.clear();
        if (field.shape == Field::Shape::settings) return read_settings(node, path, field);
        if (field.shape == Field::Shape::value_or_list && !node.IsSequence()) return read_value(node, path, field);
        if (!node.IsSequence()) return report_.problem(path, "must be a list");
        for (std::size_t i = 0; i < node.size() && !report_.full(); ++i) {
            const std::string item = path + '[' + std::to_string(i) + ']';
            report_.on_line(item, line_of(node[i].Mark()));
            if (field.shape == Field::Shape::maps)
                read_map(node[i], item, "", field.item());
            else
                read_value(node[i], item, field, true);
        }
    }

    // A value may lie in a file, as it may be a password.
    void read_settings(const YAML::Node& node, const std::string& path, const Field& field) {
        if (!node.IsMap()) return report_.problem(path, "must be a map of names and values");
        for (const auto& member : node) {
            if (report_.full()) return;
            const int line = line_of(member.first.Mark());
            if (!member.first.IsScalar()) {
                report_.problem(line, path, "a name must be a word");
                continue;
            }
            const std::string& name = member.first.Scalar();
            report_.on_line(join(path, name), line);
            Field setting = field;
            setting.shape = Field::Shape::value;
            setting.secret = true;
            const std::string before = name + '=';
            setting.set = [&](const std::string& text) { return field.set(before + text); };
            read_value(member.second, join(path, name), setting);
        }
    }

    static bool names_a_file(const YAML::Node& node) {
        return node.IsMap() && node.size() == 1 && node["file"] && node["file"].IsScalar();
    }

    void read_value(const YAML::Node& node, const std::string& path, const Field& field, bool in_list = false) {
        const bool or_list = field.shape == Field::Shape::value_or_list && !in_list;
        if (field.secret && names_a_file(node))
            return read_secret(node["file"].Scalar(), path, field, or_list ? Secrets::several : Secrets::one);
        if (!node.IsScalar())
            return report_.problem(path, or_list ? "must be a value or a list of values" : "must be a single value");
        const auto text = expanded(node.Scalar(), path, field);
        if (!text || (or_list && text->empty())) return;
        if (const ValidationError error = field.set(*text)) report_.problem(path, *error);
    }

    // {file: PATH}. A command that does not need the secret goes on without it if it may not read the file.
    void read_secret(const std::string& written, const std::string& path, const Field& field, Secrets allowed) {
        const auto file = expanded(written, path, field);
        if (!file) return;
        std::string problem;
        const auto secrets = read_secret_file(*file, allowed, problem);
        if (!secrets)
            return is_needed(field) ? report_.missing_secret(purpose_, path, problem)
                                    : report_.unread_secret(path, problem);
        for (const auto& secret : *secrets)
            if (const ValidationError error = field.set(secret)) report_.problem(path, *error);
    }

    // The text with its variables; nothing if that is not possible, which is reported.
    std::optional<std::string> expanded(const std::string& text, const std::string& path, const Field& field) {
        const Expanded expanded = expand(text, environment_);
        for (const std::string& variable : expanded.used) report_.used(variable);
        if (expanded.malformed) {
            report_.problem(path,
                            "${ must be followed by a variable's name and }; write $${ for the characters themselves");
            return std::nullopt;
        }
        if (expanded.missing) {
            if (is_needed(field))
                report_.unset(path, *expanded.missing);
            else
                report_.unread_secret(path, "the environment variable " + *expanded.missing + " is not set");
            return std::nullopt;
        }
        return expanded.text;
    }

    // Whether the value is needed for the purpose.
    bool is_needed(const Field& field) const {
        switch (purpose_) {
            case Purpose::serve:
            case Purpose::check:
            case Purpose::check_without_secrets: return true;
            case Purpose::transform: return field.use == Use::mapping;
            case Purpose::locate: return field.use == Use::locating;
        }
        return true;
    }

    const Environment& environment_;
    Purpose purpose_;
    Report& report_;
};

// Reads what can be read about the admin listener in text that is not YAML as a whole: a command that only asks the
// daemon works beside a file that somebody is just editing.
Extent read_admin(const std::string& text, FileReader& reader, Config& config) {
    const auto block = block_of_key(text, "admin");
    if (!block) return Extent::none;
    if (block->empty()) return Extent::admin;  // with its defaults
    try {
        const auto document = parse_yaml(*block).first;
        if (!document.IsMap()) return Extent::none;
        reader.read_map(document, "", "", fields_of(config));
        return Extent::admin;
    } catch (const YAML::Exception&) {
        return Extent::none;
    }
}

}  // namespace

Extent read_file(const std::string& file, files::Kind kind, const Environment& environment, Purpose purpose,
                 Config& config, Report& report) {
    FileReader reader(environment, purpose, report);
    std::string text;
    try {
        text = read_yaml(file, kind);
        const auto [document, second] = parse_yaml(text);
        if (second) {
            report.problem(line_of(*second), "", "a second YAML document begins here; one is allowed");
        } else if (!document.IsNull() && !document.IsMap()) {
            report.problem(line_of(document.Mark()), "", "must be a map of keys and values");
            return Extent::none;
        } else {
            if (document.IsMap()) reader.read_map(document, "", "", fields_of(config));
            return Extent::whole;
        }
    } catch (const std::system_error& error) {
        report.problem(whole_file, "", "cannot be read: " + error.code().message());
        return Extent::none;
    } catch (const YAML::Exception& error) {
        // After a colon, yaml-cpp's messages contain text of the file, which may be a secret.
        const auto message = error.msg.substr(0, error.msg.find(": "));
        report.problem(line_of(error.mark), "", "is not YAML: " + message + std::string(hint_of(message)));
    } catch (const std::runtime_error& error) {
        report.problem(whole_file, "", error.what());
        return Extent::none;
    }
    return purpose == Purpose::locate ? read_admin(text, reader, config) : Extent::none;
}

}  // namespace pintle::config
