#include "completion.hpp"

namespace pintle::manual {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : between) + word;
    return out;
}

// Sets `kind` (file, directory, words, any) and `words`.
std::string offer(const cli::Argument& argument) {
    switch (argument.values) {
        case cli::Values::file: return "kind=file";
        case cli::Values::directory: return "kind=directory";
        case cli::Values::words: return "kind=words words=" + in_single_quotes(joined(argument.words));
        case cli::Values::any: break;
    }
    return "kind=any";
}

std::string walk(const cli::Command& root) {
    std::string cases;
    for_each_command(root, root.name, [&](const std::string& path, const cli::Command&) {
        if (path == root.name) return;
        cases += (cases.empty() ? "" : " | ") + in_single_quotes(path);
    });
    return "        case \"$command ${COMP_WORDS[i]}\" in\n"
           "        " +
           cases +
           ") command+=\" ${COMP_WORDS[i]}\" ;;\n"
           "        esac\n";
}

// What may follow `path`.
std::string branch(const std::string& path, const cli::Command& command) {
    std::vector<std::string> names;
    std::string values;
    for (const auto& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
        if (option.takes_value) values += "        " + joined(option.names, " | ") + ") " + offer(option) + " ;;\n";
    }
    std::vector<std::string> commands;
    commands.reserve(command.commands.size());
    for (const auto& sub : command.commands) commands.push_back(sub.name);
    std::string out = "    " + in_single_quotes(path) + ")\n";
    out += "        options=" + in_single_quotes(joined(names)) + "\n";
    if (!commands.empty()) {
        out += "        kind=words words=" + in_single_quotes(joined(commands)) + "\n";
    } else {
        out += "        " + (command.positionals.empty() ? "kind=any" : offer(command.positionals.front())) + "\n";
    }
    if (!values.empty()) out += "        case $before in\n" + values + "        *) free=yes ;;\n        esac\n";
    if (values.empty()) out += "        free=yes\n";
    return out + "        ;;\n";
}

}  // namespace

std::string in_single_quotes(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string bash_completion(const cli::Command& root) {
    std::string out = "# " + root.name + "'s completions for bash, made by `" + root.name + " completion bash`.\n\n";
    out += "_" + root.name + R"(() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=)" +
           root.name + R"( options='' kind=any words='' free='' i
    COMPREPLY=()
    # --option=value comes as three words.
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $before == '=' ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
)";
    out += walk(root);
    out += "    done\n    case $command in\n";
    for_each_command(root, root.name,
                     [&](const std::string& path, const cli::Command& command) { out += branch(path, command); });
    out += R"(    esac
    if [[ -n $free && $word == -* ]]; then kind=words words=$options; fi
    case $kind in
    file)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    directory)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        ;;
    words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
    esac
}
)";
    return out + "complete -F _" + root.name + ' ' + root.name + '\n';
}

}  // namespace pintle::manual
