// The ledger of the journal on Kafka: any bytes decode to a record or to nothing, what decodes encodes to the same
// record, and any records give a state that a snapshot keeps.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "kafka/ownership.hpp"
#include "require.hpp"

namespace {

using namespace pintle::journal::kafka;
using pintle::fuzz::require;

// A record of version 1 with the right checksum.
std::string make_record(std::string_view rest) {
    const std::string whole = '\x01' + std::string(rest);
    const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(whole.data()), whole.size());
    std::string out = "\x01";
    for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(static_cast<std::uint8_t>(sum >> shift));
    return out.append(rest);
}

std::string encode(const LedgerRecord& record) {
    switch (record.header.kind) {
        case RecordKind::claim: return encode_claim(record.header);
        case RecordKind::delta: return encode_delta(record.header, record.delta);
        case RecordKind::release: return encode_release(record.header);
        case RecordKind::snapshot: return encode_snapshot(record.header, record.snapshot);
    }
    return {};
}

void check_snapshot(const LedgerState& state) {
    const auto bytes = state.encode();
    LedgerState loaded;
    LedgerOffset offset = 100;
    for (const auto& part : cut_snapshot(bytes)) {
        LedgerRecord record;
        record.header.kind = RecordKind::snapshot;
        record.snapshot = part;
        require(loaded.apply(offset++, record) == ApplyResult::applied);
    }
    require(loaded.is_complete() && loaded.encode() == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    static_cast<void>(decode_ledger_record(bytes));
    const auto record_bytes = make_record(bytes);
    const auto record = decode_ledger_record(record_bytes);
    if (!record) return 0;
    const auto encoded = encode(*record);
    const auto again = decode_ledger_record(encoded);
    require(again && again->header == record->header && encode(*again) == encoded);
    for (const LedgerOffset first : {0, 100}) {
        LedgerState state;
        for (const LedgerOffset offset : {first, first + 1}) {
            const auto before = state.encode();
            if (state.apply(offset, *record) == ApplyResult::invalid) require(state.encode() == before);
        }
        if (state.is_complete()) check_snapshot(state);
    }
    return 0;
}
