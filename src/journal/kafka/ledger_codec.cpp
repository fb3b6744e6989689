#include "ledger_codec.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

#include "varint.hpp"

namespace pintle::journal::kafka {
namespace {

// A record: version u8 | CRC-32 of the version and the rest, u32 little-endian | rest. All versions keep this, so that
// a newer version is told apart from damage. The rest, numbers as varints:
//   kind | epoch | node | sequence | what the kind adds
constexpr std::uint8_t version = 1;
constexpr std::size_t head_size = 5;
constexpr std::size_t max_varint = 10;
constexpr std::size_t max_header = head_size + 5 * max_varint;
constexpr std::size_t snapshot_part_bytes = max_record_bytes - max_header - 3 * max_varint;

std::uint32_t checksum(std::string_view record) {
    const auto* const bytes = reinterpret_cast<const Bytef*>(record.data());
    return static_cast<std::uint32_t>(crc32_z(crc32_z(0, bytes, 1), bytes + head_size, record.size() - head_size));
}

std::uint32_t stored_checksum(std::string_view record) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number |= std::uint32_t{static_cast<std::uint8_t>(record[1 + i])} << (8 * i);
    return number;
}

std::string begin(const RecordHeader& header) {
    std::string out(head_size, '\0');
    out[0] = static_cast<char>(version);
    put_varint(out, static_cast<std::uint8_t>(header.kind));
    put_varint(out, header.epoch);
    put_varint(out, header.node);
    put_varint(out, header.sequence);
    return out;
}

std::string finish(std::string out) {
    const auto number = checksum(out);
    for (std::size_t i = 0; i < 4; ++i) out[1 + i] = static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
    return out;
}

// Reads values from the front of a record. After the first that is cut off or invalid, all are empty and `ok` is false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t number(std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
        const auto value = ok_ ? get_varint(rest_) : std::nullopt;
        ok_ = value && *value <= max;
        return ok_ ? *value : 0;
    }

    std::string_view text() {
        const auto value = ok_ ? get_text(rest_) : std::nullopt;
        ok_ = value.has_value();
        return value.value_or(std::string_view{});
    }

    // A list's size, of entries that take at least `least` bytes each.
    std::size_t count(std::size_t least) { return number(rest_.size() / least); }

    std::string_view take(std::size_t size) {
        ok_ = ok_ && size <= rest_.size();
        if (!ok_) return {};
        const auto front = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return front;
    }

    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

WallTime to_wall_time(std::uint64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

bool read_delta(Reader& in, Delta& delta) {
    delta.written = to_wall_time(in.number());
    delta.frontier = in.number();
    auto acked = Intervals::decode(in.text());
    if (!acked) return false;
    delta.acked = std::move(*acked);
    delta.duplicates = in.number();
    delta.commands = in.number();
    delta.discarded = in.number();
    delta.replays = in.number();
    delta.lost = in.number();
    for (auto left = in.count(2); left > 0 && in.ok(); --left) {
        const auto offset = in.number();
        delta.dead_letters.push_back({offset, in.number()});
    }
    for (auto left = in.count(2); left > 0 && in.ok(); --left) {
        const auto offset = in.number();
        const auto cause = in.number(static_cast<std::uint8_t>(LetterRemoval::evicted));
        if (cause == 0) return false;
        delta.removed_letters.push_back({offset, static_cast<LetterRemoval>(cause)});
    }
    for (auto left = in.count(2); left > 0 && in.ok(); --left) {
        const auto from = in.number();
        delta.moved.push_back({from, in.number()});
    }
    for (auto left = in.count(2); left > 0 && in.ok(); --left) {
        auto& [name, value] = delta.metadata.emplace_back();
        name = in.text();
        if (in.number(1) == 1) value = in.text();
    }
    for (auto left = in.count(sizeof(MessageHash)); left > 0 && in.ok(); --left) {
        auto& hash = delta.admitted.emplace_back();
        in.take(hash.size()).copy(reinterpret_cast<char*>(hash.data()), hash.size());
    }
    return in.at_end();
}

bool read_claim(Reader& in, RecordHeader& header) {
    // One more than the offset, so that "none" is 0.
    const auto after = in.number(static_cast<std::uint64_t>(std::numeric_limits<LedgerOffset>::max()));
    header.after = static_cast<LedgerOffset>(after) - 1;
    return in.at_end();
}

bool read_snapshot(Reader& in, LedgerRecord& record) {
    constexpr auto max = std::numeric_limits<std::uint32_t>::max();
    auto& snapshot = record.snapshot;
    snapshot.part = static_cast<std::uint32_t>(in.number(max));
    snapshot.parts = static_cast<std::uint32_t>(in.number(max));
    snapshot.bytes = in.text();
    record.header.begins_snapshot = snapshot.part == 0;
    return in.at_end() && snapshot.part < snapshot.parts;
}

bool read_record(Reader& in, LedgerRecord& record) {
    const auto kind = in.number(static_cast<std::uint8_t>(RecordKind::snapshot));
    if (kind == 0) return false;
    record.header.kind = static_cast<RecordKind>(kind);
    record.header.epoch = in.number();
    record.header.node = in.number();
    record.header.sequence = in.number();
    if (!in.ok()) return false;
    switch (record.header.kind) {
        case RecordKind::claim: return read_claim(in, record.header);
        case RecordKind::delta: return read_delta(in, record.delta);
        case RecordKind::release: return in.at_end();
        case RecordKind::snapshot: return read_snapshot(in, record);
    }
    return false;
}

}  // namespace

std::string encode_claim(const RecordHeader& header) {
    auto out = begin(header);
    put_varint(out, static_cast<std::uint64_t>(header.after + 1));
    return finish(std::move(out));
}

std::string encode_release(const RecordHeader& header) {
    return finish(begin(header));
}

std::string encode_delta(const RecordHeader& header, const Delta& delta) {
    auto out = begin(header);
    put_varint(out, static_cast<std::uint64_t>(delta.written.time_since_epoch().count()));
    put_varint(out, delta.frontier);
    put_text(out, delta.acked.encode());
    put_varint(out, delta.duplicates);
    put_varint(out, delta.commands);
    put_varint(out, delta.discarded);
    put_varint(out, delta.replays);
    put_varint(out, delta.lost);
    put_varint(out, delta.dead_letters.size());
    for (const auto& [offset, bytes] : delta.dead_letters) {
        put_varint(out, offset);
        put_varint(out, bytes);
    }
    put_varint(out, delta.removed_letters.size());
    for (const auto& [offset, cause] : delta.removed_letters) {
        put_varint(out, offset);
        put_varint(out, static_cast<std::uint8_t>(cause));
    }
    put_varint(out, delta.moved.size());
    for (const auto& [from, to] : delta.moved) {
        put_varint(out, from);
        put_varint(out, to);
    }
    put_varint(out, delta.metadata.size());
    for (const auto& [name, value] : delta.metadata) {
        put_text(out, name);
        put_varint(out, value ? 1 : 0);
        if (value) put_text(out, *value);
    }
    put_varint(out, delta.admitted.size());
    for (const auto& hash : delta.admitted) out.append(reinterpret_cast<const char*>(hash.data()), hash.size());
    return finish(std::move(out));
}

std::string encode_snapshot(const RecordHeader& header, const SnapshotPart& part) {
    auto out = begin(header);
    put_varint(out, part.part);
    put_varint(out, part.parts);
    put_text(out, part.bytes);
    return finish(std::move(out));
}

std::size_t size_bound(const Delta& delta) {
    auto size = max_header + 14 * max_varint + delta.acked.ranges().size() * 2 * max_varint;
    size += delta.dead_letters.size() * 2 * max_varint + delta.removed_letters.size() * (max_varint + 1);
    size += delta.moved.size() * 2 * max_varint + delta.admitted.size() * sizeof(MessageHash);
    for (const auto& [name, value] : delta.metadata) {
        size += name.size() + (value ? value->size() : 0) + 2 * max_varint + 1;
    }
    return size;
}

boost::system::result<LedgerRecord, DecodeError> decode_ledger_record(std::string_view bytes) {
    if (bytes.size() < head_size || bytes.size() > max_record_bytes) return DecodeError::damaged;
    if (checksum(bytes) != stored_checksum(bytes)) return DecodeError::damaged;
    const auto found = static_cast<std::uint8_t>(bytes.front());
    if (found > version) return DecodeError::newer_version;
    if (found != version) return DecodeError::damaged;
    Reader in(bytes.substr(head_size));
    LedgerRecord record;
    if (!read_record(in, record)) return DecodeError::damaged;
    return record;
}

std::vector<SnapshotPart> cut_snapshot(std::string_view state) {
    const auto parts = std::max<std::size_t>(1, (state.size() + snapshot_part_bytes - 1) / snapshot_part_bytes);
    std::vector<SnapshotPart> cut;
    cut.reserve(parts);
    for (std::size_t i = 0; i < parts; ++i) {
        cut.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(parts),
                       state.substr(i * snapshot_part_bytes, snapshot_part_bytes)});
    }
    return cut;
}

}  // namespace pintle::journal::kafka
