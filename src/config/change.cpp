#include "pintle/config/change.hpp"

#include <algorithm>
#include <utility>

#include "fields.hpp"

namespace pintle::config {
namespace {

std::string named(const char* list, const std::string& name) {
    return std::string(list) + '[' + name + ']';
}

template <class Item>
Item* find(std::vector<Item>& items, const std::string& name) {
    const auto found = std::ranges::find(items, name, &Item::name);
    return found == items.end() ? nullptr : &*found;
}

class Comparison {
public:
    Comparison(Config running, Config next) : old_(std::move(running)), next_(std::move(next)) {}

    Change result() && {
        compare("", fields_of(old_), fields_of(next_));
        compare_items("destinations", old_.destinations, next_.destinations);
        compare_items("sources", old_.sources, next_.sources);
        name_destinations_once();
        change_.config = std::move(next_);
        return std::move(change_);
    }

private:
    // Both have the same fields in the same order.
    void compare(const std::string& below, const Fields& old, const Fields& next) {
        for (std::size_t i = 0; i < next.size(); ++i) {
            const bool is_compared = next[i].target.at != nullptr;  // not sources and destinations
            if (!is_compared || next[i].target == old[i].target) continue;
            const bool stays = next[i].at_start || (next[i].presence_at_start && is_set(next[i]) != is_set(old[i]));
            (stays ? change_.needs_restart : change_.changed).push_back(below + std::string(next[i].path));
            if (stays) next[i].target.take(old[i].target);
        }
    }

    static bool is_set(const Field& field) { return !field.show().front().empty(); }

    template <class Item>
    void compare_items(const char* list, std::vector<Item>& old, std::vector<Item>& next) {
        for (auto& item : next) {
            if (auto* before = find(old, item.name)) {
                compare(named(list, item.name) + '.', fields_of(*before), fields_of(item));
            } else {
                change_.changed.push_back(named(list, item.name) + " (added)");
            }
        }
        for (const auto& item : old) {
            if (find(next, item.name) == nullptr) change_.changed.push_back(named(list, item.name) + " (removed)");
        }
    }

    // A list of one destination is kept as `destination`, which the file may not have.
    void name_destinations_once() {
        for (const auto& source : next_.sources) {
            const auto path = named("sources", source.name) + ".destination";
            if (std::ranges::find(change_.changed, path + 's') != change_.changed.end())
                std::erase(change_.changed, path);
        }
    }

    Config old_;
    Config next_;
    Change change_;
};

}  // namespace

Change change_of(const Config& running, Config next) {
    return Comparison(running, std::move(next)).result();
}

}  // namespace pintle::config
