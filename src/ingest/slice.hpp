#pragma once

#include <cstddef>

namespace pintle::ingest {

// How much of a large request is processed before it gives way to whatever else is ready on its thread. Work is counted
// in bytes of text, not timed: a slice of it takes a millisecond or two.
class Slice {
public:
    static constexpr std::size_t ordinary = 256UL * 1024;
    static constexpr std::size_t per_event = 512;  // what an event costs however small it is
    static constexpr std::size_t per_member = 32;  // what a member of a batch's envelope costs

    explicit Slice(std::size_t limit = ordinary) noexcept : limit_(limit) {}

    void spend(std::size_t work) noexcept { spent_ += work; }
    bool is_spent() const noexcept { return spent_ >= limit_; }
    std::size_t left() const noexcept { return is_spent() ? 0 : limit_ - spent_; }
    void renew() noexcept { spent_ = 0; }

private:
    std::size_t limit_;
    std::size_t spent_ = 0;
};

// Whether what is sliced has come to its end.
enum class Progress : unsigned char { more, done };

}  // namespace pintle::ingest
