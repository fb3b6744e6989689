#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pintle/config/config.hpp"

namespace pintle::config {

inline constexpr int whole_file = 0;  // stands for no line in particular

// Where each value came from, and what is wrong with it. Paths are those of people's files:
// `destinations[0].retry.max_age`; what is said about a path that nothing gave is said of the nearest map around it.
class Report {
public:
    explicit Report(std::string file) : file_(std::move(file)) {}

    void on_line(const std::string& path, int line);
    void from_variable(const std::string& path, const std::string& variable);

    void problem(const std::string& path, const std::string& what);
    void problem(int line, const std::string& path, const std::string& what);
    // So many problems are known that more help nobody. YAML's aliases can repeat them without end.
    bool full() const { return problems_.size() >= max_problems; }

    void warning(const std::string& path, const std::string& what);
    void warn_of_variable(const std::string& variable, const std::string& what);

    // The value names a variable that is not set. No problem yet: the environment may still give the value.
    void unset(const std::string& path, const std::string& variable) { unset_[path] = variable; }
    const std::map<std::string, std::string>& unset() const { return unset_; }

    // Its value, or a map around it, is already known to be wrong or missing: nothing can be concluded from it.
    bool faulty(std::string path) const;

    // The file uses this variable itself.
    void used(const std::string& variable) { used_.insert(variable); }
    bool is_used(const std::string& variable) const { return used_.contains(variable); }

    // Moves everything out, by line; what came from the environment last.
    void hand_over(Loaded& loaded);

private:
    struct Place {
        int line = 0;
        std::string variable;  // empty: from the file
    };
    struct Found {
        int line;
        Problem problem;
    };

    static constexpr std::size_t max_problems = 100;

    Place place_of(std::string path) const;
    void add_problem(const Place& place, const std::string& path, const std::string& what);
    Found found(const Place& place, const std::string& path, const std::string& what) const;

    std::string file_;
    std::map<std::string, Place> places_;
    std::map<std::string, std::string> unset_;
    std::set<std::string> faulty_;
    std::set<std::string> used_;
    std::vector<Found> problems_;
    std::vector<Found> warnings_;
};

}  // namespace pintle::config
