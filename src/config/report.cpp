#include "report.hpp"

#include <algorithm>
#include <limits>

#include "pintle/base/terminal_text.hpp"

namespace pintle::config {
namespace {

constexpr int after_all_lines = std::numeric_limits<int>::max();

// To the map or list around `path`; false where there is none.
bool go_up(std::string& path) {
    const auto cut = path.find_last_of(".[");
    if (cut == std::string::npos) return false;
    path.resize(cut);
    return true;
}

}  // namespace

void Report::on_line(const std::string& path, int line) {
    locations_[path] = {line, {}};
}

std::optional<int> Report::line_of(const std::string& path) const {
    const auto location = locations_.find(path);
    if (location == locations_.end() || !location->second.variable.empty()) return std::nullopt;
    return location->second.line;
}

void Report::from_variable(const std::string& path, const std::string& variable) {
    locations_[path] = {after_all_lines, variable};
    std::erase_if(unset_, [&](const auto& each) { return each.first == path || each.first.starts_with(path + '['); });
}

bool Report::is_from_variable(const std::string& path) const {
    const auto location = locations_.find(path);
    return location != locations_.end() && !location->second.variable.empty();
}

void Report::problem(const std::string& path, const std::string& what) {
    add_problem(location_of(path), path, what);
}

void Report::problem(int line, const std::string& path, const std::string& what) {
    add_problem({line, {}}, path, what);
}

void Report::add_problem(const Location& location, const std::string& path, const std::string& what) {
    if (full()) return;
    faulty_.insert(path);
    problems_.push_back(found(location, path, what));
    if (full()) problems_.push_back({after_all_lines, {file_, "has further problems that are not shown"}});
}

void Report::problem_of_variable(const std::string& variable, const std::string& what) {
    add_problem({after_all_lines, variable}, "", what);
}

void Report::warning(const std::string& path, const std::string& what) {
    warnings_.push_back(found(location_of(path), path, what));
}

void Report::warn_of_variable(const std::string& variable, const std::string& what) {
    warnings_.push_back(found({after_all_lines, variable}, "", what));
}

bool Report::faulty(std::string path) const {
    do {
        if (faulty_.contains(path) || unset_.contains(path)) return true;
    } while (go_up(path));
    return false;
}

Report::Location Report::location_of(std::string path) const {
    do {
        if (const auto location = locations_.find(path); location != locations_.end()) return location->second;
    } while (go_up(path));
    return {file_.empty() ? whole_file : 1, {}};
}

Report::Found Report::found(const Location& location, const std::string& path, const std::string& what) const {
    const std::string message = text::shown(path.empty() || !location.variable.empty() ? what : path + ": " + what);
    if (!location.variable.empty()) return {location.line, {location.variable, message}};
    if (file_.empty()) return {location.line, {"the environment", message}};
    const std::string file = text::shown(file_);
    if (location.line == whole_file) return {location.line, {file, message}};
    return {location.line, {file + ':' + std::to_string(location.line), message}};
}

void Report::move_to(Loaded& loaded) {
    const auto move_all = [](std::vector<Found>& from, std::vector<Problem>& to) {
        std::ranges::stable_sort(from, {}, &Found::line);
        for (Found& found : from) to.push_back(std::move(found.problem));
    };
    move_all(problems_, loaded.problems);
    move_all(warnings_, loaded.warnings);
    move_all(unread_tokens_, loaded.unread_tokens);
}

}  // namespace pintle::config
