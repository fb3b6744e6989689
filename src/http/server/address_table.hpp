#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "eviction_queue.hpp"
#include "pintle/base/mutex.hpp"

namespace pintle::http {

// The connections of one client address: an IPv4 address, or the /64 of an IPv6 one.
struct AddressEntry {
    AddressEntry(boost::asio::ip::address its_address, std::size_t shards)
        : address(std::move(its_address)), by_shard(shards) {}

    const boost::asio::ip::address address;
    std::deque<EvictionQueue> by_shard;  // each for its shard's thread
};

// Counts the connections of each address. Thread-safe.
class AddressTable {
public:
    // Counts one connection while it exists. The table must outlive it.
    class Ticket {
    public:
        Ticket(AddressTable& table, AddressEntry& entry, std::size_t count)
            : table_(&table), entry_(&entry), count_(count) {}
        Ticket(Ticket&& other) noexcept
            : table_(other.table_), entry_(std::exchange(other.entry_, nullptr)), count_(other.count_) {}
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket() {
            if (entry_ != nullptr) table_->release(*entry_);
        }

        AddressEntry& entry() const noexcept { return *entry_; }
        std::size_t count() const noexcept { return count_; }  // including this one, when it was admitted

    private:
        AddressTable* table_;
        AddressEntry* entry_;
        std::size_t count_;
    };

    explicit AddressTable(std::size_t shards) : shards_(shards) {}

    Ticket admit(const boost::asio::ip::address& address);
    std::size_t size() const;  // addresses that have connections

private:
    void release(AddressEntry& entry);

    struct Counted {
        std::unique_ptr<AddressEntry> entry;
        std::size_t connections = 0;
    };

    const std::size_t shards_;
    mutable Mutex mutex_;
    std::map<boost::asio::ip::address, Counted> entries_ GUARDED_BY(mutex_);
};

}  // namespace pintle::http
