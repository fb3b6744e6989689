#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pintle/config/config.hpp"

namespace pintle::config {

inline constexpr int whole_file = 0;  // no line in particular

// Collects the problems of a configuration, each with its line or variable. Paths are as in a file:
// `destinations[0].retry.max_age`. A problem of a path that is not in the file names the line of the nearest map around
// it.
class Report {
public:
    explicit Report(std::string file) : file_(std::move(file)) {}

    void on_line(const std::string& path, int line);
    std::optional<int> line_of(const std::string& path) const;  // nothing where the file does not have it
    void from_variable(const std::string& path, const std::string& variable);
    bool is_from_variable(const std::string& path) const;

    void problem(const std::string& path, const std::string& what);
    void problem(int line, const std::string& path, const std::string& what);
    void problem_of_variable(const std::string& variable, const std::string& what);
    // No further problems are reported: YAML aliases can repeat one without end.
    bool full() const { return problems_.size() >= max_problems; }

    void warning(const std::string& path, const std::string& what);
    // A secret is missing: a problem only where secrets must be. Further checks of it make no sense either way.
    void missing_secret(Purpose purpose, const std::string& path, const std::string& what) {
        purpose == Purpose::check_without_secrets ? warning(path, what) : problem(path, what);
        faulty_.insert(path);
    }
    // A command that asks the daemon goes on without this secret. Tokens of the admin API are all that it would use.
    void unread_secret(const std::string& path, const std::string& what) {
        if (path.starts_with("admin.token")) unread_tokens_.push_back(found(location_of(path), path, what));
    }
    void warn_of_variable(const std::string& variable, const std::string& what);

    // The value refers to a variable that is not set. Not a problem yet, as the environment may override the value.
    void unset(const std::string& path, const std::string& variable) { unset_[path] = variable; }
    const std::map<std::string, std::string>& unset() const { return unset_; }

    // Its value, or a map around it, is already reported or missing: further checks of it make no sense.
    bool faulty(std::string path) const;

    // The file uses this variable itself.
    void used(const std::string& variable) { used_.insert(variable); }
    bool is_used(const std::string& variable) const { return used_.contains(variable); }

    // Moves all problems and warnings to `loaded`, by line; those of the environment come last.
    void move_to(Loaded& loaded);

private:
    struct Location {
        int line = 0;
        std::string variable;  // empty: the file
    };
    struct Found {
        int line;
        Problem problem;
    };

    static constexpr std::size_t max_problems = 100;

    Location location_of(std::string path) const;
    void add_problem(const Location& location, const std::string& path, const std::string& what);
    Found found(const Location& location, const std::string& path, const std::string& what) const;

    std::string file_;
    std::map<std::string, Location> locations_;
    std::map<std::string, std::string> unset_;
    std::set<std::string> faulty_;
    std::set<std::string> used_;
    std::vector<Found> problems_;
    std::vector<Found> warnings_;
    std::vector<Found> unread_tokens_;
};

}  // namespace pintle::config
