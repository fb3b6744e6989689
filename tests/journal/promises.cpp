#include "promises.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

#include <gtest/gtest.h>

namespace pintle::journal {

void Promises::acknowledged(const WriteBatch& append) {
    for (const auto& record : append.records) records_.insert(record.bytes);
    for (const auto& letter : append.dead_letters) letters_.insert(letter.letter.event);
    for (const auto& message : append.message_ids) message_ids_.insert(message.first);
    kept_ = put_;
}

void Promises::check(const Journal& journal, Stream stream, bool restarted) {
    check_records(journal, stream);
    check_letters(journal, stream, restarted);
    check_message_ids(journal);
    const auto kept = std::stoull(journal.metadata(metadata_key).value_or("0"));
    EXPECT_GE(kept, kept_);
    EXPECT_LE(kept, put_);
    // What was put and is not there went with the journal it was put into: no later append stands behind it.
    if (restarted) put_ = kept;
    for (const auto& text : records_) {
        const bool there = waiting_.contains(text) || letters_.contains(text) || acking_.contains(text) ||
                           (!restarted && dead_lettering_.contains(text));
        EXPECT_TRUE(there) << text.substr(0, 20) << " is lost";
    }
}

// Offsets ascend, and each means one record for good.
void Promises::check_records(const Journal& journal, Stream stream) {
    std::vector<StoredRecord> records;
    Offset last = 0;
    std::uint64_t pending = 0;
    // A journal that recovers may show what it found on disk between two of these.
    do {
        last = journal.last(stream);
        pending = journal.pending(stream);
        records = journal.read(stream, 0, SIZE_MAX, SIZE_MAX);
    } while (journal.last(stream) != last || journal.pending(stream) != pending);
    waiting_.clear();
    Offset before = 0;
    for (const auto& [offset, bytes] : records) {
        EXPECT_GT(offset, before);
        before = offset;
        auto& known = at_[offset];
        EXPECT_TRUE(known == bytes || !records_.contains(known)) << "offset " << offset << " was given twice";
        known = bytes;
        EXPECT_EQ(offset_of_.emplace(bytes, offset).first->second, offset) << "a record has moved";
        EXPECT_TRUE(waiting_.insert(bytes).second) << "a record is there twice";
        records_.insert(bytes);
    }
    EXPECT_LE(before, last);
    EXPECT_EQ(records.size(), pending);
    EXPECT_EQ(journal.first_pending(stream), records.empty() ? last + 1 : records.front().offset);
}

void Promises::check_letters(const Journal& journal, Stream stream, bool restarted) {
    std::set<std::string> found;
    std::uint64_t before = 0;
    for (auto& letter : journal.dead_letters(stream, 0, SIZE_MAX)) {
        EXPECT_GT(letter.id, before);
        before = letter.id;
        EXPECT_FALSE(waiting_.contains(letter.event)) << "a dead letter's record still waits";
        EXPECT_TRUE(found.insert(std::move(letter.event)).second) << "a dead letter is there twice";
    }
    for (const auto& text : letters_) EXPECT_TRUE(found.contains(text)) << "a dead letter is lost";
    letters_ = std::move(found);
    if (restarted) {
        EXPECT_EQ(journal.usage().dead_letters, letters_.size());
    }
}

void Promises::check_message_ids(const Journal& journal) const {
    std::set<MessageHash> found;
    journal.message_ids_since(WallTime{},
                              [&](std::string_view, const MessageHash& message, WallTime) { found.insert(message); });
    for (const auto& message : message_ids_) EXPECT_TRUE(found.contains(message)) << "a message id is forgotten";
}

}  // namespace pintle::journal
