#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace pintle::delivery {

// Which of a destination's faults are news to an operator: each the first time, and again only after it was over. Many
// requests meet the same fault, and one of several servers behind a name may be broken while the others work. Pure.
class ErrorDeduplicator {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // A fault is over once something succeeded and it was not met for as long.
    static constexpr std::chrono::seconds quiet{60};

    // An attempt met this fault. True if that is to be said.
    bool is_news(const std::string& fault, TimePoint now) {
        const auto known = std::find_if(met_.begin(), met_.end(), [&](const Met& met) { return met.fault == fault; });
        if (known != met_.end()) {
            known->latest = now;
            return false;
        }
        if (met_.size() == most) met_.erase(std::min_element(met_.begin(), met_.end(), earlier));
        met_.push_back({fault, now});
        return true;
    }

    // An attempt met no fault. True if with that all that was said is over.
    bool is_over(TimePoint now) {
        if (met_.empty()) return false;
        std::erase_if(met_, [&](const Met& met) { return met.latest + quiet <= now; });
        return met_.empty();
    }

private:
    struct Met {
        std::string fault;
        TimePoint latest;
    };
    static constexpr std::size_t most = 16;
    static bool earlier(const Met& a, const Met& b) { return a.latest < b.latest; }

    std::vector<Met> met_;
};

}  // namespace pintle::delivery
