#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::delivery {

// A pending record: its bytes and its fields, decoded once. Texts are stored as indexes into the bytes, so that a move
// keeps them valid. It is moved, never copied.
class PendingRecord {
public:
    // Takes the bytes; nothing, and leaves them, if they are no record of a known version.
    static std::optional<PendingRecord> decode(journal::StoredRecord& stored) {
        const auto record = journal::decode(stored.bytes);
        if (!record) return std::nullopt;
        return PendingRecord(stored, *record);
    }

    PendingRecord(PendingRecord&&) noexcept = default;
    PendingRecord& operator=(PendingRecord&&) noexcept = default;
    PendingRecord(const PendingRecord&) = delete;
    PendingRecord& operator=(const PendingRecord&) = delete;
    ~PendingRecord() = default;

    journal::Offset offset() const noexcept { return offset_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    const OrderingKeys& keys() const noexcept { return keys_; }
    const MessageHash& message_id() const noexcept { return message_id_; }
    WallTime received() const noexcept { return received_; }
    // What the destination that it is mapped for acts on, as of its last mapping.
    std::optional<customerio::SemanticEvent> semantic_event() const noexcept { return semantic_event_; }
    void set_semantic_event(std::optional<customerio::SemanticEvent> event) noexcept { semantic_event_ = event; }
    WallTime queued() const noexcept { return queued_; }  // its age counts from here, by the AgeClock

    std::string_view source() const noexcept { return text_of(source_); }
    std::string_view event() const noexcept { return std::string_view(bytes_).substr(event_); }

private:
    // Has at most 255 bytes, and begins in the record's head.
    struct Name {
        std::uint16_t begin = 0;
        std::uint8_t size = 0;
    };

    PendingRecord(journal::StoredRecord& stored, const journal::Record& record)
        : offset_(stored.offset),
          keys_(record.keys),
          message_id_(record.message),
          received_(record.received),
          queued_(record.queued()),
          source_(place_of(record.source, stored.bytes)),
          event_(static_cast<std::uint16_t>(record.event.data() - stored.bytes.data())),
          bytes_(std::move(stored.bytes)) {}

    static Name place_of(std::string_view name, const std::string& bytes) noexcept {
        return {static_cast<std::uint16_t>(name.data() - bytes.data()), static_cast<std::uint8_t>(name.size())};
    }
    std::string_view text_of(Name name) const noexcept {
        return std::string_view(bytes_).substr(name.begin, name.size);
    }

    journal::Offset offset_;
    OrderingKeys keys_;
    MessageHash message_id_;
    WallTime received_;
    WallTime queued_;
    Name source_;
    std::uint16_t event_;
    std::optional<customerio::SemanticEvent> semantic_event_;
    std::string bytes_;
};

}  // namespace pintle::delivery
