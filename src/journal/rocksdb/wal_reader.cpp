#include "rocksdb/wal_reader.hpp"

#include <algorithm>

#include <boost/crc.hpp>

namespace pintle::journal {
namespace {

// RocksDB's log_format.h.
constexpr std::size_t block_size = 32U << 10U;
constexpr std::size_t header_size = 7;  // masked CRC-32C of type and content; length; type
constexpr std::uint32_t mask_delta = 0xA282EAD8;
enum Type : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

std::uint32_t number(std::string_view bytes, std::size_t size) {
    std::uint32_t number = 0;
    for (auto i = size; i-- > 0;) number = number << 8U | static_cast<std::uint8_t>(bytes[i]);
    return number;
}

std::uint32_t masked_checksum(std::string_view bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    const std::uint32_t sum = crc.checksum();
    return ((sum >> 15U) | (sum << 17U)) + mask_delta;
}

std::size_t end_of_block(std::size_t offset) {
    return (offset / block_size + 1) * block_size;
}

}  // namespace

bool WalReader::fragment_at(std::size_t offset, Fragment& fragment) const {
    const auto end = std::min(end_of_block(offset), file_.size());
    if (offset + header_size > end) return false;
    const auto header = file_.substr(offset, header_size);
    const auto length = number(header.substr(4), 2);
    const auto type = static_cast<std::uint8_t>(header[6]);
    if (type < full || type > last || offset + header_size + length > end) return false;
    if (masked_checksum(file_.substr(offset + 6, 1 + length)) != number(header, 4)) return false;
    fragment = {type, file_.substr(offset + header_size, length)};
    return true;
}

void WalReader::add_gap(std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    if (!gaps_.empty() && gaps_.back().end == begin) {
        gaps_.back().end = end;
    } else {
        gaps_.push_back({begin, end});
    }
}

// Finds the next intact fragment, at any offset.
bool WalReader::next_fragment(Fragment& fragment) {
    auto from = at_;
    for (; at_ < file_.size(); ++at_) {
        const auto end = std::min(end_of_block(at_), file_.size());
        if (end - at_ < header_size) {
            // A block's end that is too short for a header is filled with zeros.
            if (file_.substr(at_, end - at_).find_first_not_of('\0') == std::string_view::npos) {
                add_gap(from, at_);
                from = end;
            }
            at_ = end - 1;
            continue;
        }
        if (!fragment_at(at_, fragment)) continue;
        add_gap(from, at_);
        at_ += header_size + fragment.bytes.size();
        return true;
    }
    add_gap(from, at_);
    return false;
}

bool WalReader::next(std::string& batch) {
    batch.clear();
    bool begun = false;
    std::size_t began = at_;
    Fragment fragment;
    while (true) {
        const auto gaps = gaps_.size();
        const auto before = at_;
        if (!next_fragment(fragment)) {
            if (begun) add_gap(began, before);
            return false;
        }
        const bool broken = gaps_.size() != gaps || (begun && (fragment.type == full || fragment.type == first));
        if (begun && broken) {
            add_gap(began, before);
            begun = false;
        }
        if (fragment.type == full) {
            batch.assign(fragment.bytes);
            return true;
        }
        if (fragment.type == first) {
            batch.assign(fragment.bytes);
            began = at_ - header_size - fragment.bytes.size();
            begun = true;
            continue;
        }
        if (!begun) {
            add_gap(at_ - header_size - fragment.bytes.size(), at_);
            continue;
        }
        batch += fragment.bytes;
        if (fragment.type == last) return true;
    }
}

}  // namespace pintle::journal
