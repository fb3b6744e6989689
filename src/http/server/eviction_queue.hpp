#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <boost/intrusive/list.hpp>

namespace pintle::http {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

struct Connection;

// The connections of one thread that may be closed in favor of others, in the order of their eviction: by group, then
// by age. For that thread only, except for `rank` and `size`, which any thread may read. It must outlive its entries.
class EvictionQueue {
public:
    enum class Group : std::uint8_t {
        idle,     // waits for a request, or for the client to close
        header,   // its request's header or its TLS handshake is incomplete
        stalled,  // receives a body without a write key, or its client does not read the response
    };

    // A connection's membership in at most one queue.
    class Entry : public boost::intrusive::list_base_hook<> {
    public:
        explicit Entry(Connection& its_owner) : owner(its_owner) {}
        ~Entry() { leave(); }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

        bool is_in(Group group) const noexcept { return queue_ != nullptr && group_ == group; }

        // Joins the end of the group, unless it is in it already. Times must not decrease.
        void join(EvictionQueue& queue, Group group, TimePoint now) noexcept {
            if (is_in(group) && queue_ == &queue) return;
            leave();
            queue_ = &queue;
            group_ = group;
            since_ = now;
            queue.add(*this);
        }

        void leave() noexcept {
            if (queue_ == nullptr) return;
            queue_->remove(*this);
            queue_ = nullptr;
        }

        Connection& owner;

    private:
        friend class EvictionQueue;
        EvictionQueue* queue_ = nullptr;
        Group group_ = Group::idle;
        TimePoint since_;
    };

    // The connection to evict first; null if there is none.
    Connection* first() const noexcept {
        const Entry* entry = front();
        return entry != nullptr ? &entry->owner : nullptr;
    }

    // Of several queues, the one with the lowest rank has the connection to evict first.
    std::int64_t rank() const noexcept { return rank_.load(std::memory_order_relaxed); }
    static constexpr std::int64_t nobody = std::numeric_limits<std::int64_t>::max();

    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

    // How many evictions are promised to new connections. For the accepting thread and the new connections.
    std::atomic<std::size_t> promised{0};

private:
    using List = boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>>;

    const Entry* front() const noexcept {
        const auto group = std::find_if(groups_.begin(), groups_.end(), [](const List& l) { return !l.empty(); });
        return group != groups_.end() ? &group->front() : nullptr;
    }

    List& group_of(const Entry& entry) noexcept { return groups_[static_cast<std::size_t>(entry.group_)]; }

    void add(Entry& entry) noexcept {
        group_of(entry).push_back(entry);
        changed(size() + 1);
    }

    void remove(Entry& entry) noexcept {
        group_of(entry).erase(List::s_iterator_to(entry));
        changed(size() - 1);
    }

    void changed(std::size_t size) noexcept {
        size_.store(size, std::memory_order_relaxed);
        const Entry* entry = front();
        rank_.store(entry != nullptr ? rank_of(*entry) : nobody, std::memory_order_relaxed);
    }

    static std::int64_t rank_of(const Entry& entry) noexcept {
        constexpr std::int64_t group_span = std::int64_t{1} << 61U;  // nanoseconds: 73 years
        using std::chrono::nanoseconds;
        return static_cast<std::int64_t>(entry.group_) * group_span +
               std::chrono::duration_cast<nanoseconds>(entry.since_.time_since_epoch()).count();
    }

    std::array<List, 3> groups_;
    std::atomic<std::size_t> size_{0};
    std::atomic<std::int64_t> rank_{nobody};
};

}  // namespace pintle::http
