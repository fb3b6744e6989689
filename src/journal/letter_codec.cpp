#include "journal/letter_codec.hpp"

#include <array>
#include <limits>

#include "journal/varint.hpp"

namespace pintle::journal {
namespace {

constexpr char version = 1;

constexpr std::array texts{&DeadLetter::source, &DeadLetter::destination, &DeadLetter::event,  &DeadLetter::method,
                           &DeadLetter::path,   &DeadLetter::body,        &DeadLetter::reason, &DeadLetter::answer};

std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

WallTime wall_time(std::uint64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

}  // namespace

std::string encode(const DeadLetter& letter) {
    std::string out(1, version);
    put_varint(out, static_cast<std::uint32_t>(letter.status));
    put_varint(out, letter.attempts);
    put_varint(out, milliseconds(letter.received));
    put_varint(out, milliseconds(letter.died));
    for (const auto text : texts) put_text(out, letter.*text);
    return out;
}

std::string_view source_of_letter(std::string_view bytes) {
    static_assert(texts[0] == &DeadLetter::source);
    if (bytes.empty() || bytes.front() != version) return {};
    bytes.remove_prefix(1);
    for (int numbers = 0; numbers < 4; ++numbers) {
        if (!take_varint(bytes)) return {};
    }
    return take_text(bytes).value_or(std::string_view{});
}

std::optional<DeadLetter> decode_letter(std::uint64_t id, std::string_view bytes) {
    if (bytes.empty() || bytes.front() != version) return std::nullopt;
    bytes.remove_prefix(1);
    std::array<std::uint64_t, 4> numbers{};
    for (auto& number : numbers) {
        const auto taken = take_varint(bytes);
        if (!taken) return std::nullopt;
        number = *taken;
    }
    if (numbers[0] > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    if (numbers[1] > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;

    DeadLetter letter;
    letter.id = id;
    letter.status = static_cast<int>(static_cast<std::uint32_t>(numbers[0]));
    letter.attempts = static_cast<std::uint32_t>(numbers[1]);
    letter.received = wall_time(numbers[2]);
    letter.died = wall_time(numbers[3]);
    for (const auto text : texts) {
        const auto taken = take_text(bytes);
        if (!taken) return std::nullopt;
        letter.*text = *taken;
    }
    return letter;
}

}  // namespace pintle::journal
