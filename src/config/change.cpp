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
        compare_destinations();
        compare_sources();
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

    // Keeps the order of the running destinations.
    void compare_destinations() {
        std::vector<Destination> all;
        for (auto& old : old_.destinations) {
            auto* next = find(next_.destinations, old.name);
            if (next == nullptr) {
                change_.needs_restart.push_back(named("destinations", old.name) + " (removed)");
                all.push_back(old);
                continue;
            }
            compare(named("destinations", old.name) + '.', fields_of(old), fields_of(*next));
            all.push_back(*next);
        }
        for (const auto& next : next_.destinations) {
            if (find(all, next.name) == nullptr)
                change_.needs_restart.push_back(named("destinations", next.name) + " (added)");
        }
        next_.destinations = std::move(all);
    }

    void compare_sources() {
        std::vector<Source> all;
        for (auto& next : next_.sources) {
            const auto names = next.destination_names();
            const bool has_destinations = std::ranges::all_of(
                names, [&](const std::string& name) { return find(next_.destinations, name) != nullptr; });
            auto* old = find(old_.sources, next.name);
            if (old == nullptr) {
                (has_destinations ? change_.changed : change_.needs_restart)
                    .push_back(named("sources", next.name) + " (added)");
                if (has_destinations) all.push_back(next);
                continue;
            }
            if (!has_destinations) {
                change_.needs_restart.push_back(named("sources", next.name) +
                                                (next.destinations.empty() ? ".destination" : ".destinations"));
                next.destination = old->destination;
                next.destinations = old->destinations;
            }
            compare(named("sources", next.name) + '.', fields_of(*old), fields_of(next));
            all.push_back(next);
        }
        for (const auto& old : old_.sources) {
            if (find(next_.sources, old.name) == nullptr)
                change_.changed.push_back(named("sources", old.name) + " (removed)");
        }
        next_.sources = std::move(all);
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
