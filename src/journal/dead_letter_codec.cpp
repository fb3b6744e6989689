#include "dead_letter_codec.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "pintle/base/time.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

// Version 1 has no reason, only its sentence as the message. Version 2 appends the reason's code.
constexpr char version = 2;
constexpr char version_without_reason = 1;

constexpr std::array texts{&DeadLetter::source,  &DeadLetter::destination,  &DeadLetter::event,
                           &DeadLetter::method,  &DeadLetter::path,         &DeadLetter::body,
                           &DeadLetter::message, &DeadLetter::response_body};

bool is_known(std::string_view bytes) {
    return !bytes.empty() && (bytes.front() == version || bytes.front() == version_without_reason);
}

std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

WallTime wall_time(std::uint64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

// Whether pintle rejected an event after that status at the time of version 1.
bool is_rejection(int status) {
    switch (status) {
        case 207: return true;
        case 401:
        case 403:
        case 407:
        case 408:
        case 421:
        case 425:
        case 429: return false;
        default: return status >= 400 && status < 500;
    }
}

// Derives the reason from the status of the last response, else from the message, which may be a reason's sentence.
Reason derive_reason(const DeadLetter& letter) {
    if (letter.status != 0) return is_rejection(letter.status) ? rejection_of(letter.status) : Reason::too_old;
    const auto* const found = std::ranges::find(reason_texts, letter.message, &ReasonText::sentence);
    if (found != reason_texts.end()) return found->reason;
    return letter.attempts > 0 ? Reason::too_old : Reason::unknown;
}

}  // namespace

std::string encode(const DeadLetter& letter) {
    std::string out(1, version);
    put_varint(out, static_cast<std::uint32_t>(letter.status));
    put_varint(out, letter.attempts);
    put_varint(out, milliseconds(letter.received));
    put_varint(out, milliseconds(letter.dead_lettered_at));
    for (const auto text : texts) put_text(out, letter.*text);
    put_text(out, code(letter.reason));
    return out;
}

std::string_view source_of_letter(std::string_view bytes) {
    static_assert(texts[0] == &DeadLetter::source);
    if (!is_known(bytes)) return {};
    bytes.remove_prefix(1);
    for (int numbers = 0; numbers < 4; ++numbers) {
        if (!get_varint(bytes)) return {};
    }
    return get_text(bytes).value_or(std::string_view{});
}

std::optional<DeadLetter> decode_letter(std::uint64_t id, std::string_view bytes) {
    if (!is_known(bytes)) return std::nullopt;
    const bool has_reason = bytes.front() == version;
    bytes.remove_prefix(1);
    std::array<std::uint64_t, 4> numbers{};
    for (auto& number : numbers) {
        const auto value = get_varint(bytes);
        if (!value) return std::nullopt;
        number = *value;
    }
    if (numbers[0] > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    if (numbers[1] > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;

    DeadLetter letter;
    letter.id = id;
    letter.status = static_cast<int>(static_cast<std::uint32_t>(numbers[0]));
    letter.attempts = static_cast<std::uint32_t>(numbers[1]);
    letter.received = wall_time(numbers[2]);
    letter.dead_lettered_at = wall_time(numbers[3]);
    for (const auto text : texts) {
        const auto value = get_text(bytes);
        if (!value) return std::nullopt;
        letter.*text = *value;
    }
    if (!has_reason) {
        letter.reason = derive_reason(letter);
        return letter;
    }
    const auto value = get_text(bytes);
    if (!value) return std::nullopt;
    letter.reason = find_reason(*value).value_or(Reason::unknown);
    return letter;
}

}  // namespace pintle::journal
