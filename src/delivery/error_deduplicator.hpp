#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace pintle::delivery {

// Tells which of a destination's errors are logged: each once, and again only after it was over. Many requests meet the
// same error, and one of several servers behind a name may fail while the others work.
class ErrorDeduplicator {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // An error is over if a request succeeds and the error has not occurred for this long.
    static constexpr std::chrono::seconds quiet{60};

    // A request met this error. True if it is to be logged.
    bool is_news(const std::string& error, TimePoint now) {
        const auto known = std::find_if(met_.begin(), met_.end(), [&](const Met& met) { return met.error == error; });
        if (known != met_.end()) {
            known->latest = now;
            return false;
        }
        if (met_.size() == most) met_.erase(std::min_element(met_.begin(), met_.end(), earlier));
        met_.push_back({error, now});
        return true;
    }

    // A request met no error. True if with that all logged errors are over.
    bool is_over(TimePoint now) {
        if (met_.empty()) return false;
        std::erase_if(met_, [&](const Met& met) { return met.latest + quiet <= now; });
        return met_.empty();
    }

private:
    struct Met {
        std::string error;
        TimePoint latest;
    };
    static constexpr std::size_t most = 16;
    static bool earlier(const Met& a, const Met& b) { return a.latest < b.latest; }

    std::vector<Met> met_;
};

}  // namespace pintle::delivery
