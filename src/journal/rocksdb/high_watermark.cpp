#include "rocksdb/high_watermark.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr char version = 1;
constexpr std::size_t header_size = 8;  // checksum and length of the content, little-endian
constexpr std::size_t max_acked = 4096;
constexpr std::size_t max_dead_lettered = 1024;
constexpr mode_t private_file = 0600;

void put_u32(std::string& out, std::uint32_t number) {
    for (unsigned i = 0; i < 4; ++i) out += static_cast<char>(static_cast<std::uint8_t>(number >> (8 * i)));
}

std::uint32_t u32(std::string_view bytes) {
    std::uint32_t number = 0;
    for (unsigned i = 4; i-- > 0;) number = number << 8U | static_cast<std::uint8_t>(bytes[i]);
    return number;
}

std::uint32_t checksum(std::string_view bytes) {
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(crc32_z(0, data, bytes.size()));
}

struct Slot {
    std::uint64_t number = 0;  // increases with each write
    HighWatermark watermark;
};

std::optional<Slot> decode_slot(std::string_view bytes) {
    if (bytes.size() < header_size) return std::nullopt;
    const auto length = u32(bytes.substr(4));
    if (length > bytes.size() - header_size) return std::nullopt;
    auto content = bytes.substr(header_size, length);
    if (checksum(content) != u32(bytes)) return std::nullopt;
    const auto number = get_varint(content);
    auto watermark = HighWatermark::decode(content);
    if (!number || !watermark) return std::nullopt;
    return Slot{*number, std::move(*watermark)};
}

std::optional<Slot> latest_slot(int file) {
    std::optional<Slot> latest;
    std::string bytes(HighWatermarkFile::slot_size, '\0');
    for (off_t i = 0; i < 2; ++i) {
        const auto size = pread(file, bytes.data(), bytes.size(), i * static_cast<off_t>(HighWatermarkFile::slot_size));
        if (size <= 0) continue;
        auto slot = decode_slot(std::string_view(bytes).substr(0, static_cast<std::size_t>(size)));
        if (slot && (!latest || slot->number > latest->number)) latest = std::move(slot);
    }
    return latest;
}

}  // namespace

std::string_view leading_ranges(std::string_view encoded, std::size_t limit) {
    auto rest = encoded;
    std::size_t taken = 0;
    while (!rest.empty() && get_varint(rest) && get_varint(rest) && encoded.size() - rest.size() <= limit)
        taken = encoded.size() - rest.size();
    return encoded.substr(0, taken);
}

const StreamWatermark* HighWatermark::find(Stream id) const {
    const auto found = std::ranges::find(streams, id, &StreamWatermark::id);
    return found == streams.end() ? nullptr : &*found;
}

std::string HighWatermark::encode() const {
    std::string out(1, version);
    out += static_cast<char>(losses_uncounted);
    put_varint(out, commit);
    put_text(out, manifest);
    put_varint(out, manifest_size);
    put_varint(out, streams.size());
    // With many streams that have many gaps, each stores only a part of its acked ranges.
    const auto share = HighWatermarkFile::slot_size / 2 / std::max<std::size_t>(1, streams.size());
    for (const auto& stream : streams) {
        put_varint(out, stream.id);
        put_text(out, stream.name);
        put_varint(out, stream.last);
        put_text(out, stream.letters.encode());
        put_text(out, stream.losses.encode());
        put_text(out, leading_ranges(stream.acked, std::min(max_acked, share)));
        put_text(out, leading_ranges(stream.dead_lettered, std::min(max_dead_lettered, share / 4)));
    }
    return out;
}

std::optional<HighWatermark> HighWatermark::decode(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[0] != version) return std::nullopt;
    HighWatermark watermark;
    watermark.losses_uncounted = bytes[1] != 0;
    bytes.remove_prefix(2);
    const auto commit = get_varint(bytes);
    const auto manifest = get_text(bytes);
    const auto manifest_size = get_varint(bytes);
    const auto count = get_varint(bytes);
    if (!commit || !manifest || !manifest_size || !count) return std::nullopt;
    watermark.commit = *commit;
    watermark.manifest = *manifest;
    watermark.manifest_size = *manifest_size;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto id = get_varint(bytes);
        const auto name = get_text(bytes);
        const auto last = get_varint(bytes);
        const auto letters = get_text(bytes);
        const auto losses = get_text(bytes);
        const auto acked = get_text(bytes);
        const auto dead_lettered = get_text(bytes);
        if (!id || !name || !last || !letters || !losses || !acked || !dead_lettered) return std::nullopt;
        const auto totals = DeadLetterTotals::decode(*letters);
        const auto lost = Losses::decode(*losses);
        if (*id == 0 || *id > UINT32_MAX || !totals || !lost) return std::nullopt;
        watermark.streams.push_back({static_cast<Stream>(*id), std::string(*name), *last, *totals, *lost,
                                     std::string(*acked), std::string(*dead_lettered)});
    }
    return watermark;
}

HighWatermarkFile::~HighWatermarkFile() {
    if (file_ >= 0) ::close(file_);
}

std::optional<HighWatermark> HighWatermarkFile::read(const std::string& directory) {
    const int file = ::open((directory + "/" + name).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    auto slot = latest_slot(file);
    ::close(file);
    if (!slot) return std::nullopt;
    return std::move(slot->watermark);
}

bool HighWatermarkFile::open(const std::string& directory) {
    if (const int old = file_.exchange(-1); old >= 0) ::close(old);
    file_ = ::open((directory + "/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, private_file);
    if (file_ < 0) return false;
    const auto slot = latest_slot(file_);
    written_ = std::max(written_, slot ? slot->number : 0);
    return true;
}

bool HighWatermarkFile::write(const HighWatermark& watermark, bool sync) {
    if (file_ < 0) return false;
    std::string content;
    put_varint(content, written_ + 1);
    content += watermark.encode();
    if (content.size() > slot_size - header_size) return false;
    std::string slot;
    slot.reserve(header_size + content.size());
    put_u32(slot, checksum(content));
    put_u32(slot, static_cast<std::uint32_t>(content.size()));
    slot += content;
    const auto at = static_cast<off_t>((written_ + 1) % 2 * slot_size);
    if (pwrite(file_, slot.data(), slot.size(), at) != static_cast<ssize_t>(slot.size())) return false;
    ++written_;
    return !sync || fdatasync(file_) == 0;
}

bool HighWatermarkFile::is_linked() const {
    struct stat status{};
    return file_ < 0 || (fstat(file_, &status) == 0 && status.st_nlink > 0);
}

}  // namespace pintle::journal
