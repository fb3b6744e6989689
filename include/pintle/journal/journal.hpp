#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/stats/histogram.hpp"

namespace pintle::journal {

using Stream = std::uint32_t;  // one destination's sequence of records
using Offset = std::uint64_t;  // 1, 2, 3, ... within a stream, without gaps

struct StoredRecord {
    Offset offset = 0;
    std::string bytes;  // opaque to the journal
};

// An event that cannot be delivered, and why.
struct DeadLetter {
    std::uint64_t id = 0;  // assigned by the journal, ascending
    std::string source;
    std::string destination;
    std::string event;   // the enriched event; as received if it could not be enriched
    std::string method;  // of the request, if there was one
    std::string path;
    std::string body;
    Reason reason = Reason::unknown;
    std::string message;        // the reason for people; after a rejection by Customer.io its status and message
    int status = 0;             // of the last response; 0: there was none
    std::string response_body;  // the first 1 KB
    std::uint32_t attempts = 0;
    WallTime received;
    WallTime dead_lettered_at;
};

// The changes of one request: all or nothing.
struct WriteBatch {
    struct Entry {
        Stream stream = 0;
        std::string bytes;
    };
    // The dead letter of an event that never was a record.
    struct Letter {
        Stream stream = 0;
        DeadLetter letter;
        MessageHash message{};  // as a record has it; zero: it is never a duplicate
    };
    // Most requests carry one record; inline storage avoids an allocation that another thread frees.
    boost::container::small_vector<Entry, 1> records;
    std::vector<Letter> dead_letters;
    boost::container::small_vector<std::pair<MessageHash, WallTime>, 1> message_ids;  // for deduplication
    std::string_view source;  // of `message_ids`; must live until `done` is called

    // The ids of dead letters to delete: purged, or replayed as `records`. Unknown ids are ignored.
    std::vector<std::pair<Stream, std::uint64_t>> removed;

    // `done` waits until the dead letters are listed. Without it they may be listed a moment later, where another
    // process owns the stream.
    bool until_listed = false;
};

// Called once, on the commit thread: it must neither block nor call the journal's blocking methods.
using WriteCallback = std::function<void(boost::system::error_code)>;

// Called on the commit thread after each commit that added to the stream, in the order of offsets and before the
// commit's `WriteCallback`s. The records may be moved from.
using CommitListener = std::function<void(std::span<StoredRecord> records)>;

// A dead letter that is on disk, with its id.
struct CommittedLetter {
    Offset offset = 0;  // of the record that it was; 0: it never was a record
    DeadLetter letter;
};

// Called on the commit thread after each commit that added dead letters to the stream, in the order of their ids.
using DeadLetterListener = std::function<void(std::vector<CommittedLetter> letters)>;

// The dead letters of one stream.
struct DeadLetterUsage {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last = 0;  // the highest id assigned so far, even if its letter is gone
};

// What has become of all events of one stream, across restarts and crashes, at one moment. Always:
//   accepted + replayed = delivered + dead_lettered + duplicates + lost + backlog
//   dead_lettered = retained + replayed_out + purged + evicted
// A crash takes back only deliveries that will be repeated.
struct Ledger {
    std::uint64_t accepted = 0;       // appended as records or as dead letters
    std::uint64_t replayed = 0;       // records appended for dead letters; more than `replayed_out` if a replay was
                                      // repeated because the disk failed
    std::uint64_t delivered = 0;      // acked records, without dead letters
    std::uint64_t backlog = 0;        // pending records
    std::uint64_t duplicates = 0;     // records that repeat a message id which another process had accepted
    std::uint64_t lost = 0;           // records and dead letters that the disk lost after confirming the write
    std::uint64_t dead_lettered = 0;  // dead letters, former records or not
    std::uint64_t retained = 0;       // dead letters that still exist
    std::uint64_t replayed_out = 0;   // dead letters that a replay removed
    std::uint64_t purged = 0;         // dead letters that an operator deleted
    std::uint64_t evicted = 0;        // dead letters deleted because of `max_dead_letters`

    std::uint64_t total() const { return accepted + replayed; }
    std::uint64_t resolved() const { return delivered + dead_lettered + duplicates + lost; }
};

// The size of the pending records of one stream.
struct StreamUsage {
    std::uint64_t bytes = 0;      // uncompressed
    std::uint64_t max_bytes = 0;  // its share of the journal; 0: unlimited
    bool full = false;            // the share is exceeded, uncompressed and on disk
    std::string error;            // why it takes no events, though others may; empty: it does
};

struct Usage {
    std::uint64_t bytes_on_disk = 0;
    std::uint64_t max_bytes = 0;
    std::uint64_t bytes_free = 0;  // on its file system, approximately
    std::uint64_t dead_letters = 0;
    bool full = false;                 // over `max_bytes`, or the file system is nearly full: appends are rejected
    bool disk_full = false;            // full because of the file system, which may hold other files too
    std::string error;                 // why the disk fails; empty: it does not
    std::string rejection;             // why else appends are rejected now, for people; empty: not known
    stats::HistogramSnapshot commits;  // durations of the durable commits since the start
};

// Takes new records. Thread-safe.
class Appender {
public:
    virtual ~Appender() = default;

    // True if an append would be accepted now; false while the journal is over its size, while too much waits for the
    // disk, or after the disk failed and has not recovered.
    virtual bool has_room() const noexcept = 0;

    // The same for an append that adds to `stream`; false also while that stream is over its own share.
    virtual bool has_room(Stream stream) const noexcept = 0;

    // The batch is durable once `done` is called without error. On an error the sender must repeat it: nothing of it is
    // kept, unless it was written and only its sync failed; then it may turn up later like any other.
    virtual void append(WriteBatch append, WriteCallback done) = 0;
};

// Finds streams and reads their pending records. Thread-safe.
class StreamReader {
public:
    virtual ~StreamReader() = default;

    // The stream of that name; nothing if there is none. Creates none.
    virtual std::optional<Stream> find_stream(std::string_view name) const = 0;
    virtual std::vector<std::string> streams() const = 0;  // the names of all there are

    // The listener is called from the next commit on, in place of an earlier one; an empty one ends that. When this
    // returns, the earlier one is not running and will not be called again.
    virtual void subscribe(Stream stream, CommitListener committed) = 0;

    // The next pending records after `after`, oldest first: at most `limit`, and no more once `bytes` is reached. A
    // pending record that is missing is lost; the ledger counts it. Blocks for a read from disk. Throws
    // std::runtime_error if the disk fails.
    virtual std::vector<StoredRecord> read(Stream stream, Offset after, std::size_t limit, std::size_t bytes) const = 0;

    virtual Offset first_pending(Stream stream) const = 0;   // one past the last if none is pending
    virtual Offset last(Stream stream) const = 0;            // 0: the stream is empty
    virtual std::uint64_t pending(Stream stream) const = 0;  // how many
};

// Ends the delivery of pending records. Thread-safe.
class Acknowledger {
public:
    static constexpr std::size_t unknown_size = SIZE_MAX;

    virtual ~Acknowledger() = default;

    // The record, of that many bytes, needs no delivery any more. This is written with a later commit, after about
    // 50 ms at the latest; a crash before that brings the record back.
    virtual void ack(Stream stream, Offset offset, std::size_t bytes) = 0;

    // Acks the record and keeps `letter`: both in one commit, so that the event is never in neither.
    virtual void dead_letter(Stream stream, Offset offset, std::size_t bytes, DeadLetter letter) = 0;

    // As StreamReader::subscribe, for dead letters.
    virtual void subscribe_dead_letters(Stream stream, DeadLetterListener committed) = 0;

    // The same for a record whose size is unknown: it counts as the mean of those that are pending.
    void ack(Stream stream, Offset offset) { ack(stream, offset, unknown_size); }
    void dead_letter(Stream stream, Offset offset, DeadLetter letter) {
        dead_letter(stream, offset, unknown_size, std::move(letter));
    }

    // Acks that are not written yet: the records that a crash would bring back. More than a few thousand only if the
    // disk is slow.
    virtual std::uint64_t unwritten_acks(Stream stream) const = 0;
};

// Reads dead letters. Thread-safe.
class DeadLetterReader {
public:
    virtual ~DeadLetterReader() = default;

    // Dead letters with an id over `after`, rising. Blocks for a read from disk. Throws std::runtime_error if the disk
    // fails.
    virtual std::vector<DeadLetter> dead_letters(Stream stream, std::uint64_t after, std::size_t limit) const = 0;

    virtual DeadLetterUsage dead_letter_usage(Stream stream) const = 0;
};

// Small values that are kept across restarts. Thread-safe.
class MetadataStore {
public:
    virtual ~MetadataStore() = default;

    // Values of a stream, such as its destination's region. All processes that share the journal can read them; the
    // one that owns the stream sets them. Their names are unique among all streams.
    virtual std::optional<std::string> metadata(Stream stream, std::string_view name) const = 0;
    virtual void set_metadata(Stream stream, std::string_view name, std::string_view value) = 0;  // durable later

    // Values of this process, for the next one in its place.
    virtual std::optional<std::string> metadata(std::string_view name) const = 0;
    virtual void set_metadata(std::string_view name, std::string_view value) = 0;  // durable with a later commit
};

enum class OwnershipChange { began, ended };

// Why a process gives up a stream.
enum class ReleaseReason { removed, stopping };  // the stream's destination, the process

// Called on a thread of the journal; it must neither block nor call the journal's blocking methods.
using OwnershipListener = std::function<void(OwnershipChange)>;

// An event that was accepted and then dropped, as another process had accepted one with the same message id before.
struct Duplicate {
    std::string source;
    std::string event;
    WallTime received;
    MessageHash message{};
};

// Called on a thread of the journal; it must neither block nor call the journal's blocking methods.
using DuplicateListener = std::function<void(std::vector<Duplicate> dropped)>;

// Which process delivers a stream: one at a time. A journal in a directory of its own belongs to one process, which
// owns all streams from the beginning to the end; the owner of a stream of a shared journal may change. Thread-safe.
class StreamOwnership {
public:
    virtual ~StreamOwnership() = default;

    // The listener is told `began` at once if this process owns the stream, and then each change, in place of an
    // earlier listener; an empty one ends that. When this returns, the earlier one is not running and will not be
    // called again. While the stream is owned, its StreamReader and Acknowledger methods can be used; otherwise
    // acks are ignored, and what was not acked is read again by the next owner.
    virtual void subscribe_ownership(Stream stream, OwnershipListener changed) = 0;

    // Whether a request with records of the stream may be written to a socket now. Ask before each write: another
    // process may own the stream after a moment in which this process did not run. Cheap.
    virtual bool may_send(Stream stream) const noexcept = 0;

    // As StreamReader::subscribe, for the duplicates in a stream that this process owns. A journal of one process has
    // none: who appends drops them before.
    virtual void subscribe_duplicates(Stream /*stream*/, DuplicateListener /*dropped*/) {}

    // Lets another process own the stream, once all acks so far are written; without another one nobody does. The
    // listener is told `ended`, if it was told `began`.
    virtual void release(Stream stream, ReleaseReason reason) = 0;
};

// `done` is called once, on any thread, when what the command asks for is done.
using CommandListener = std::function<void(std::string_view command, std::function<void()> done)>;

// Asks the process that delivers a stream for something, wherever that runs. Thread-safe.
class StreamCommands {
public:
    virtual ~StreamCommands() = default;

    // `done` is called without error once the owner has done it, and with an error if it is not known in time that one
    // did: none does it later than that. The bytes are opaque to the journal.
    virtual void submit(Stream stream, std::string command, WriteCallback done) = 0;

    // Called for each command of a stream that this process owns, in the order of the log, on any thread; it must not
    // block. In place of an earlier listener; an empty one ends that.
    virtual void subscribe_commands(Stream stream, CommandListener listener) = 0;
};

// What the owner of a stream tells the others about its delivery.
struct DeliveryReport {
    std::string stream;                            // its name
    std::map<std::string, std::uint64_t> retries;  // since the start of the process, by cause
    struct CircuitBreaker {
        WallTime since;       // it is open
        std::string message;  // of the latest failure, for people

        bool operator==(const CircuitBreaker&) const = default;
    };
    std::optional<CircuitBreaker> circuit_breaker{};  // nothing: it is closed

    bool operator==(const DeliveryReport&) const = default;
};

// What a process of a shared journal tells the others about itself.
struct Announcement {
    std::string version;
    std::string configuration;  // a hash: equal ones have the same destinations, sources and mapping
    std::string admin_address;  // of its admin listener
    std::string secrets{};      // a hash that is too short to confirm a guess: different ones have other secrets
    std::vector<DeliveryReport> deliveries{};  // of the streams that it owns
};

struct ClusterNode {
    std::string name;
    bool is_this = false;
    Announcement announcement;
    WallTime started;
    WallTime last_seen;
    std::vector<std::string> owned;  // names of streams, as far as this process knows
};

struct ClusterStream {
    std::string name;
    std::string owner;        // the node's name, or its number while it has not announced itself; empty: nobody
    std::uint64_t epoch = 0;  // how often an ownership began
    WallTime since;           // when the last one began or ended, by the clock of the process that did it
    WallTime last_record{};   // when this process last read one of the owner, which writes several a second
    int replicas = 0;         // of the topic of its events; 0: not known
    int in_sync = 0;          // of these
    std::string refusal{};    // why this process does not deliver it, though another one may; empty: it would
};

// The processes that share a journal, as one of them sees them.
struct Cluster {
    std::vector<ClusterNode> nodes;  // by name
    std::vector<ClusterStream> streams;
    std::uint64_t ownership_changes = 0;  // of this process: began or ended
    std::uint64_t waiting_records = 0;    // that the brokers have not acknowledged yet
    std::uint64_t waiting_bytes = 0;
    std::uint64_t append_errors = 0;  // appends that failed or took too long
    std::uint64_t broker_errors = 0;  // connections lost, refused, timed out
};

// Thread-safe.
class ClusterView {
public:
    virtual ~ClusterView() = default;

    virtual std::optional<Cluster> cluster() const = 0;  // nothing: the journal belongs to this process alone
    virtual void announce(Announcement announcement) = 0;
};

// Another name for a stream. If another stream has that name, it gets this one's.
struct StreamRename {
    std::string from;
    std::string to;
    // Values of the MetadataStore that belong to the stream, and their new names. Values that are not set stay unset.
    std::vector<std::pair<std::string, std::string>> metadata;
};

// Durable streams of records. Thread-safe. One commit thread of its own writes everything; appends that wait at the
// same time share one sync.
class Journal : public Appender,
                public StreamReader,
                public Acknowledger,
                public DeadLetterReader,
                public MetadataStore,
                public StreamOwnership,
                public StreamCommands,
                public ClusterView {
public:
    // These three are durable when they return. They wait for the commit thread, so it must not call them. They throw
    // std::runtime_error if the disk fails; then the change may still turn up later.

    // The stream of that name, created if there is none.
    virtual Stream create_or_open_stream(std::string_view name) = 0;

    // Gives streams other names, all of them or none. Streams keep their numbers and all that they hold. `from` must
    // exist.
    virtual void rename_streams(std::vector<StreamRename> renames) = 0;

    // Deletes the stream's pending records and dead letters. The ledger counts all of them as purged dead letters.
    // Nobody may ack a record of the stream meanwhile. A journal that keeps metadata by stream empties that, too.
    virtual void discard(Stream stream) = 0;

    // From now on appends that add to `stream` are rejected while its pending records take more than `max_bytes`; 0: it
    // is bounded by the whole journal alone. Appends that only remove are accepted all the same, and so are the dead
    // letters of pending records. Senders may exceed it by what waits for the disk when it is reached.
    virtual void set_share(Stream stream, std::uint64_t max_bytes) = 0;

    virtual StreamUsage stream_usage(Stream stream) const = 0;
    virtual Ledger ledger(Stream stream) const = 0;

    // Remembered message ids that are not older than `since`: source by source, of each the oldest first.
    using VisitMessageIds = std::function<void(std::string_view source, const MessageHash&, WallTime)>;
    virtual void message_ids_since(WallTime since, const VisitMessageIds& visit) const = 0;

    virtual Usage usage() const = 0;

    // Commits all that waits, then closes; afterwards appends are rejected with an error. Idempotent.
    virtual void close() = 0;
};

struct JournalOptions {
    std::string directory;
    std::uint64_t max_size = 20ULL << 30U;               // bytes on disk; over it appends are rejected
    std::uint64_t max_dead_letters = 1ULL << 30U;        // bytes; the oldest go first
    std::chrono::milliseconds dedupe_window{3'600'000};  // 0: nothing is remembered
    std::size_t max_message_ids = 4'000'000;             // message ids; the source that has most gives its oldest
    bool read_only = false;                              // for looking at a stopped daemon's directory
};

// Opens the directory, made if it is not there, whatever state the last process left it in. Throws std::runtime_error
// with a message for people where it is in use, not writable, or from a newer version.
std::unique_ptr<Journal> open_journal(const JournalOptions& options);

}  // namespace pintle::journal
