#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "pintle/sandbox/sandbox.hpp"

namespace pintle::sandbox {

// One call as it came and what it got.
struct Call {
    std::uint64_t seq = 0;  // 1, 2, 3, ...
    std::string time;       // ISO 8601, UTC
    std::string method;
    std::string path;
    std::string body;
    std::string user_agent;
    unsigned status = 0;  // 0: the connection was reset instead
    bool taken = false;   // Customer.io would have acted on it (some of a batch's items, where it is 207)
    std::vector<std::size_t> refused_items;  // of a batch: those it would not have, counted from 0
    bool credentials_ok = false;
    bool duplicate = false;  // it repeats a dedupe id of an earlier call
};

// One JSON object. Its `body` is the call's own text where that is JSON, so that numbers stay as they were sent.
std::string to_json(const Call& call);

// The last calls, and the dedupe ids seen. Not thread-safe.
class History {
public:
    explicit History(std::size_t keep) : keep_(keep) {}

    // Gives it its number. `ids`: the dedupe ids of what was taken.
    const Call& add(Call call, const std::vector<std::string>& ids);

    // JSON array, oldest first: the first `limit` with a number over `after`, or, where `after` is none, the last.
    std::string list(std::optional<std::uint64_t> after, std::size_t limit) const;

    void clear();  // forgets calls and ids; numbers go on
    std::size_t size() const noexcept { return calls_.size(); }

private:
    bool repeats(const std::vector<std::string>& ids);

    std::size_t keep_;
    std::deque<Call> calls_;
    std::uint64_t last_ = 0;
    std::unordered_set<std::string> ids_;
    std::deque<std::string> id_order_;
};

}  // namespace pintle::sandbox
