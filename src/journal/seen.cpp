#include "journal/seen.hpp"

#include <cstring>

#include "journal/keys.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t kept_in_memory = 2'000'000;  // by whoever asks for them
constexpr int steps_a_window = 32;

}  // namespace

void read_seen_since(const Store& store, WallTime since,
                     const std::function<void(const MessageHash&, WallTime)>& visit) {
    auto cursor = store.scan(Column::seen, keys::seen_from(since), std::string(1, '\xFF'));
    for (; cursor.valid(); cursor.next()) {
        const auto time = keys::time_of_seen(cursor.key());
        if (!time) continue;
        for (auto left = cursor.value(); left.size() >= sizeof(MessageHash); left.remove_prefix(sizeof(MessageHash))) {
            MessageHash message;
            std::memcpy(message.data(), left.data(), message.size());
            visit(message, *time);
        }
    }
    cursor.check();
}

std::optional<WallTime> SeenExpiry::due(std::size_t added, WallTime now) {
    if (!remembers()) return std::nullopt;
    count_ += added;
    if (count_ >= kept_in_memory) {
        const auto before = half_;
        half_ = now;
        count_ = 0;
        if (before != WallTime{}) return before;
    }
    if (now < next_) return std::nullopt;
    const bool first = next_ == WallTime{};  // a restart alone is no reason
    next_ = now + window_ / steps_a_window;
    return first ? std::nullopt : std::optional(now - window_);
}

}  // namespace pintle::journal
