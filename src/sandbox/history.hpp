#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "pintle/sandbox/sandbox.hpp"

namespace pintle::sandbox {

// A request that was received, and its result.
struct Call {
    std::uint64_t seq = 0;  // 1, 2, 3, ...
    std::string time;       // ISO 8601, UTC
    std::string method;
    std::string host;  // of the Host header
    std::string path;
    std::string body;
    std::string user_agent;
    unsigned status = 0;                     // 0: the connection was reset instead
    bool taken = false;                      // Customer.io would have accepted it (for 207: some of its items)
    std::vector<std::size_t> refused_items;  // the indexes of the rejected items of a batch
    bool credentials_ok = false;
    bool duplicate = false;  // it has a dedupe id of an earlier call
};

// A JSON object. Its `body` is the text that was sent where that is JSON, so that numbers stay unchanged.
std::string to_json(const Call& call);

// The latest calls and their dedupe ids. Not thread-safe.
class History {
public:
    explicit History(std::size_t keep) : keep_(keep) {}

    // Numbers the call. `ids`: the dedupe ids of its accepted events.
    const Call& add(Call call, const std::vector<std::string>& ids);

    // A JSON array, oldest first: the first `limit` calls with a number above `after`, or without `after` the last
    // ones.
    std::string list(std::optional<std::uint64_t> after, std::size_t limit) const;

    void clear();  // removes calls and ids; numbers continue
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
