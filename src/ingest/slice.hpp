#pragma once

#include <cstddef>

namespace pintle::ingest {

// Limits how much of a large request is processed before other work of the thread runs. Work is counted in bytes of
// text, not in time: a slice takes a millisecond or two.
class Slice {
public:
    static constexpr std::size_t ordinary = 256UL * 1024;
    static constexpr std::size_t per_event = 512;  // the minimum cost of an event
    static constexpr std::size_t per_member = 32;  // the minimum cost of a member of a batch's envelope

    explicit Slice(std::size_t limit = ordinary) noexcept : limit_(limit) {}

    void spend(std::size_t work) noexcept { spent_ += work; }
    bool is_spent() const noexcept { return spent_ >= limit_; }
    std::size_t left() const noexcept { return is_spent() ? 0 : limit_ - spent_; }
    void renew() noexcept { spent_ = 0; }

private:
    std::size_t limit_;
    std::size_t spent_ = 0;
};

// Whether sliced work is done.
enum class Progress : unsigned char { more, done };

}  // namespace pintle::ingest
