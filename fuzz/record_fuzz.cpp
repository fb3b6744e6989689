// What the journal keeps: any bytes decode to a record or a dead letter or to nothing, and whatever can be encoded
// decodes to the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>

#include "dead_letter_codec.hpp"
#include "intervals.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "require.hpp"

namespace {

using namespace pintle;
using fuzz::require;

// Cuts an input into fields. Past its end there are zeros and empty texts.
class Fields {
public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}

    std::string_view text(std::size_t size) {
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    template <class T>
    T number() {
        T number{};
        text(sizeof(T)).copy(reinterpret_cast<char*>(&number), sizeof(T));
        return number;
    }
    WallTime time() { return WallTime(std::chrono::milliseconds(number<std::int64_t>())); }
    std::string_view text() { return text(number<std::uint8_t>()); }
    std::string_view rest() { return text(rest_.size()); }

private:
    std::string_view rest_;
};

auto facts(const journal::Record& r) {
    return std::tuple(r.source, r.destination, r.received, r.message, r.keys.person, r.keys.anonymous, r.keys.previous,
                      r.event);
}

auto facts(const journal::DeadLetter& l) {
    return std::tie(l.id, l.source, l.destination, l.event, l.method, l.path, l.body, l.reason, l.message, l.status,
                    l.response_body, l.attempts, l.received, l.dead_lettered_at);
}

void validate(const journal::Record& record) {
    std::string bytes = "before";
    journal::encode(record, bytes);
    require(bytes.starts_with("before"));
    const auto decoded = journal::decode(std::string_view(bytes).substr(6));
    require(decoded && facts(*decoded) == facts(record));
}

void validate(const journal::DeadLetter& letter) {
    const auto decoded = journal::decode_letter(letter.id, journal::encode(letter));
    require(decoded && facts(*decoded) == facts(letter));
}

journal::Record make_record(Fields in) {
    journal::Record record;
    record.received = in.time();
    for (auto& byte : record.message) byte = in.number<std::uint8_t>();
    record.keys = {in.number<std::uint64_t>(), in.number<std::uint64_t>(), in.number<std::uint64_t>()};
    record.source = in.text();
    record.destination = in.text();
    record.event = in.rest();
    return record;
}

journal::DeadLetter make_letter(Fields in) {
    journal::DeadLetter letter;
    letter.id = in.number<std::uint64_t>();
    letter.status = in.number<std::int32_t>();
    letter.attempts = in.number<std::uint32_t>();
    letter.received = in.time();
    letter.dead_lettered_at = in.time();
    for (auto* text : {&letter.source, &letter.destination, &letter.method, &letter.path, &letter.body, &letter.message,
                       &letter.response_body})
        *text = in.text();
    letter.event = in.rest();
    return letter;
}

// The acked positions, which stand beside the records.
void check_intervals(std::string_view bytes) {
    const auto intervals = journal::Intervals::decode(bytes);
    if (!intervals) return;
    std::uint64_t size = 0;
    journal::Offset last = 0;
    for (const auto& range : intervals->ranges()) {
        require(range.begin < range.end && (size == 0 || range.begin > last));
        last = range.end;
        size += range.end - range.begin;
    }
    require(size == intervals->size());
    const auto again = journal::Intervals::decode(intervals->encode());
    require(again && again->ranges() == intervals->ranges());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    if (const auto record = journal::decode(bytes)) validate(*record);
    if (const auto letter = journal::decode_letter(1, bytes)) validate(*letter);
    check_intervals(bytes);
    validate(make_record(Fields(bytes)));
    validate(make_letter(Fields(bytes)));
    return 0;
}
