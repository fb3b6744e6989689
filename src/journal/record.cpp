#include "pintle/journal/record.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

namespace pintle::journal {
namespace {

// The head, all numbers little-endian:
//   version u8 | flags u8 | received i64 ms | replayed i64 ms, if flagged | age start i64 ms, if flagged
//   message hash 16
//   each flagged key u64
//   source: length u8, name | destination: length u8, name
// The event follows.
constexpr std::uint8_t version = 1;
constexpr std::size_t max_name = 255;
constexpr std::size_t max_head = 68;  // without the names

constexpr std::uint8_t has_person = 1;
constexpr std::uint8_t has_anonymous = 2;
constexpr std::uint8_t has_previous = 4;
constexpr std::uint8_t is_replayed = 8;
constexpr std::uint8_t has_age_start = 16;
constexpr std::uint8_t known_flags = has_person | has_anonymous | has_previous | is_replayed | has_age_start;

static_assert(std::endian::native == std::endian::little, "numbers are stored in native byte order");

template <class T>
void put(std::string& out, T number) {
    std::array<char, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &number, sizeof(T));
    out.append(bytes.data(), bytes.size());
}

void put_name(std::string& out, std::string_view name) {
    name = name.substr(0, max_name);
    put(out, static_cast<std::uint8_t>(name.size()));
    out += name;
}

// Reads values from the front of `bytes`. After their end it returns zeros, and `ok` is false.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::string_view take(std::size_t size) {
        if (size > rest_.size()) {
            ok_ = false;
            return {};
        }
        const auto front = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return front;
    }

    template <class T>
    T number() {
        T number{};
        take(sizeof(T)).copy(reinterpret_cast<char*>(&number), sizeof(T));
        return number;
    }

    std::string_view name() { return take(number<std::uint8_t>()); }
    std::string_view rest() const { return rest_; }
    bool ok() const { return ok_; }

private:
    std::string_view rest_;
    bool ok_ = true;
};

std::uint8_t flags_of(const Record& record) {
    const auto& keys = record.keys;
    return static_cast<std::uint8_t>((keys.person != 0 ? has_person : 0) | (keys.anonymous != 0 ? has_anonymous : 0) |
                                     (keys.previous != 0 ? has_previous : 0) |
                                     (record.replayed != WallTime{} ? is_replayed : 0) |
                                     (record.age_start != WallTime{} ? has_age_start : 0));
}

void put(std::string& out, WallTime time) {
    put(out, static_cast<std::int64_t>(time.time_since_epoch().count()));
}

WallTime read_time(ByteReader& reader) {
    return WallTime(std::chrono::milliseconds(reader.number<std::int64_t>()));
}

}  // namespace

void encode(const Record& record, std::string& out) {
    encode_head(record, record.event.size(), out);
    out += record.event;
}

void encode_head(const Record& record, std::size_t size, std::string& out) {
    const auto flags = flags_of(record);
    out.reserve(out.size() + max_head + record.source.size() + record.destination.size() + size);
    put(out, version);
    put(out, flags);
    put(out, record.received);
    if ((flags & is_replayed) != 0) put(out, record.replayed);
    if ((flags & has_age_start) != 0) put(out, record.age_start);
    put(out, record.message);
    for (const auto key : {record.keys.person, record.keys.anonymous, record.keys.previous}) {
        if (key != 0) put(out, key);
    }
    put_name(out, record.source);
    put_name(out, record.destination);
}

std::optional<Record> decode(std::string_view bytes) {
    ByteReader reader(bytes);
    if (reader.number<std::uint8_t>() != version) return std::nullopt;
    const auto flags = reader.number<std::uint8_t>();
    if ((flags & ~known_flags) != 0) return std::nullopt;

    Record record;
    record.received = read_time(reader);
    if ((flags & is_replayed) != 0) record.replayed = read_time(reader);
    if ((flags & has_age_start) != 0) record.age_start = read_time(reader);
    record.message = reader.number<MessageHash>();
    if ((flags & has_person) != 0) record.keys.person = reader.number<std::uint64_t>();
    if ((flags & has_anonymous) != 0) record.keys.anonymous = reader.number<std::uint64_t>();
    if ((flags & has_previous) != 0) record.keys.previous = reader.number<std::uint64_t>();
    record.source = reader.name();
    record.destination = reader.name();
    record.event = reader.rest();
    if (!reader.ok()) return std::nullopt;
    return record;
}

bool is_of_newer_version(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto found = reader.number<std::uint8_t>();
    const auto flags = reader.number<std::uint8_t>();
    return reader.ok() && (found > version || (found == version && (flags & ~known_flags) != 0));
}

}  // namespace pintle::journal
