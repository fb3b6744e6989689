#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "pintle/base/message_hash.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// A plain account of what a journal has promised, to hold against what it holds. Every record's text is used once.
class Promises {
public:
    void acknowledged(const WriteBatch& append);
    void acking(const StoredRecord& record) { acking_.insert(record.bytes); }
    void dead_lettering(const StoredRecord& record) { dead_lettering_.insert(record.bytes); }
    void putting(std::uint64_t number) { put_ = number; }  // as the metadata of this name:
    static constexpr std::string_view metadata_key = "number";

    // Fails the test where something that was acknowledged, or was once seen to be there, is gone, is there twice or in
    // another place. `restarted`: nothing is on its way to the disk.
    void check(const Journal& journal, Stream stream, bool restarted);

    std::size_t records() const { return records_.size(); }

private:
    void check_records(const Journal& journal, Stream stream);
    void check_letters(const Journal& journal, Stream stream, bool restarted);
    void check_message_ids(const Journal& journal) const;

    std::set<std::string> records_;      // on disk for certain
    std::set<std::string> letters_;      // likewise
    std::set<MessageHash> message_ids_;  // likewise
    std::set<std::string> acking_;
    std::set<std::string> dead_lettering_;
    std::map<Offset, std::string> at_;
    std::map<std::string, Offset> offset_of_;
    std::set<std::string> waiting_;  // at the latest check
    std::uint64_t put_ = 0;
    std::uint64_t kept_ = 0;  // what was put before the latest acknowledged append
};

}  // namespace pintle::journal
