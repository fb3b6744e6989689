#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/post.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"
#include "plain_stream.hpp"
#include "reader.hpp"
#include "response.hpp"
#include "server_state.hpp"
#include "shard.hpp"

namespace pintle::http {

// How long and how many bytes are read after the last response: closing a connection with unread input resets it, and
// the client may lose the response.
inline constexpr std::chrono::milliseconds linger_time{1'500};
inline constexpr std::size_t linger_bytes = 8UL * 1024 * 1024;
inline constexpr std::chrono::milliseconds reserved_time{1'000};       // for a connection over the limit
inline constexpr std::chrono::milliseconds max_handshake_time{5'000};  // of TLS
inline constexpr RequestError too_many_connections{503, "too many connections"};
inline constexpr RequestError too_many_bodies{503, "too many large requests at a time"};
inline constexpr RequestError anonymous_body_too_large{
    413, "request size exceeds max limit: a body of more than 64 KiB needs its write key in the header or the query"};
inline constexpr std::size_t kept_output = 64UL * 1024;    // of a thread
inline constexpr std::size_t counted_memory = 4UL * 1024;  // granularity of the memory budget
inline constexpr std::chrono::milliseconds room_wait{2};   // for memory that another thread is about to free
inline constexpr int max_room_waits = 500;
inline constexpr int reads_in_a_turn = 8;  // of the io_context

// One connection: reads, parses with RequestReader, calls the handler and writes. (GCC 12 destroys an awaitable twice
// if it is awaited in a condition; hence the variables that are used once.)
template <class Stream>
class Session final : public Connection {
public:
    // `slot` must outlive it.
    Session(ServerState& state, Shard& shard, std::size_t shard_index, ConnectionSlot& slot, Stream stream)
        : state_(state), shard_(shard), slot_(slot), stream_(std::move(stream)) {
        const bool has_place = slot.take_place(shard);
        reserved_ = slot.reserved || !has_place;
        queue = slot.reserved ? &shard.reserved : &shard.queue;
        if (slot.address) queue_of_address = &slot.address->entry().by_shard[shard_index];
        boost::system::error_code ec;
        const auto remote = stream_.socket().remote_endpoint(ec);
        if (!ec) peer_ = remote.address().to_string();
        shard_.add(*this);
    }
    ~Session() override { shard_.remove(*this); }

    // Serves requests until one side closes. A connection over the limit gets one response, 503 unless the request is
    // essential.
    Awaitable<void> run() {
        if (reserved_) reserved_until_ = Clock::now() + reserved_time;
        bool goes_on = co_await handshake_tls();
        while (goes_on) goes_on = co_await step();
        co_await close();
    }

    Socket& socket() noexcept override { return stream_.socket(); }
    void free_memory() noexcept override {
        reader_.drop_request();
        std::string().swap(out_);
        lease_.set(0);
    }

private:
    using Step = RequestReader::Step;
    using Group = EvictionQueue::Group;
    enum class CloseMode : std::uint8_t { plain, linger, reset, broken };
    static constexpr bool is_plain = std::is_same_v<Stream, PlainStream>;

    void limit(std::chrono::milliseconds time) { limit_from(Clock::now(), time); }
    void limit_from(TimePoint now, std::chrono::milliseconds time) {
        Connection::limit(std::min(now + time, reserved_until_));
    }

    // Its I/O was cancelled, by a timeout or an eviction.
    bool is_given_up() const noexcept { return timed_out || eviction != Eviction::none; }

    // Waits until the socket is ready for what the stream wants. Returns false if the connection was cancelled.
    Awaitable<bool> wait() {
        if (is_given_up()) co_return false;
        const auto [ec] = co_await stream_.socket().async_wait(stream_.wanted(), as_value);
        co_return !ec && !is_given_up();
    }

    Awaitable<bool> handshake_tls() {
        if constexpr (!is_plain) {
            const auto now = Clock::now();
            limit_from(now, std::min(state_.options.header_timeout, max_handshake_time));
            may_be_evicted(Group::idle, now);
            ending_ = CloseMode::broken;
            bool ready = co_await wait();
            if (!ready) co_return false;
            const auto begun = Clock::now();
            may_be_evicted(Group::header, begun);
            shard_.begin_handshake(*this, begun);
            boost::system::error_code ec;
            while (true) {
                co_await shard_.handshakes.pass(state_.shared_from_this(), shard_.executor());
                if (is_given_up()) co_return false;
                stream_.handshake(ec);
                if (ec != boost::asio::error::would_block) break;
                ready = co_await wait();
                if (!ready) co_return false;
            }
            handshake.leave();
            is_busy();
            if (ec) co_return false;
            ending_ = CloseMode::plain;
        }
        co_return true;
    }

    // Each step returns true if the connection continues. (Steps that do not wait are not coroutines: each of those
    // costs as much as parsing a header field.)
    Awaitable<bool> step() {
        switch (reader_.next()) {
            case Step::idle: return read_first();
            case Step::more: return read_more();
            case Step::head: return take_head();
            case Step::request: return serve();
            case Step::error: break;
        }
        return send_error(reader_.error());
    }

    bool took(boost::system::error_code ec, std::size_t size) {
        reader_.received(size);
        if (ec && ec != boost::asio::error::operation_aborted) ending_ = CloseMode::broken;
        return !ec;
    }

    Awaitable<bool> read_first() {
        begun_ = false;
        const auto& options = state_.options;
        const auto now = Clock::now();
        limit_from(now, state_.draining ? std::min(options.drain_grace, options.idle_timeout) : options.idle_timeout);
        lease_.move_to(state_.anonymous_memory);
        holder_ = Holder::anonymous;
        reader_.return_input(shard_.input);
        idle = true;
        may_be_evicted(Group::idle, now);
        // Let other ready work run first: a request may arrive meanwhile, which saves waiting for the socket.
        co_await boost::asio::post(stream_.socket().get_executor(), as_value);
        bool came = false;
        if (eviction != Eviction::none && !has_unread()) {
            // It was evicted before there was I/O to cancel.
        } else if constexpr (is_plain) {
            const auto [ec, size] = co_await stream_.socket().async_read_some(reader_.space(), as_value);
            came = took(ec, size);
        } else {
            came = co_await read();
        }
        idle = false;
        is_busy();
        if (came) co_return true;
        // A request may have arrived at the moment of the timeout or eviction: closing now would reset the connection.
        if (ending_ == CloseMode::plain && has_unread()) co_return true;
        if (eviction != Eviction::none) ending_ = CloseMode::broken;
        co_return false;
    }

    bool has_unread() {
        boost::system::error_code ec;
        return reader_.has_input() || stream_.has_unread() || stream_.socket().available(ec) > 0;
    }

    // Reads available bytes, into the thread's buffer if possible; unread ones move to the reader's buffer before any
    // wait. Returns false if nothing was read: see `ending_` and `is_given_up`.
    Awaitable<bool> read() {
        if (++reads_ % reads_in_a_turn == 0) {
            reader_.return_input(shard_.input);
            co_await boost::asio::post(stream_.socket().get_executor(), as_value);
            if (is_given_up()) co_return false;
        }
        while (true) {
            boost::system::error_code ec;
            reader_.borrow_input(shard_.input);
            const auto size = stream_.read_some(reader_.space(), ec);
            if (ec != boost::asio::error::would_block) co_return took(ec, size);
            reader_.return_input(shard_.input);
            const bool ready = co_await wait();
            if (!ready) co_return false;
        }
    }

    Awaitable<bool> read_more() {
        const Room room = hold(reader_.held());
        if (room == Room::none) return send_error(too_many_bodies);
        return room == Room::taken ? read_on() : read_later(room);
    }

    // Continues after other threads have freed the memory that this one was lent, or needs.
    Awaitable<bool> read_later(Room room) {
        reader_.return_input(shard_.input);
        Timer timer(shard_.executor());
        const MemoryBudget& budget = state_.budget(holder_);
        for (int i = 0; i < max_room_waits && !is_given_up(); ++i) {
            if (room == Room::later) room = hold(reader_.held());
            if (room == Room::none || room == Room::taken || (room == Room::lent && !budget.is_exceeded())) break;
            timer.expires_after(room_wait);
            co_await timer.async_wait(as_value);
        }
        overdrawn_ = false;
        if (!is_held(room) && !is_given_up()) co_return co_await send_error(too_many_bodies);
        co_return co_await read_on();
    }

    Awaitable<bool> read_on() {
        const auto now = Clock::now();
        if (!begun_) limit_from(now, state_.options.header_timeout);
        begun_ = true;
        if (holder_ == Holder::anonymous) may_be_evicted(reader_.reading_head() ? Group::header : Group::stalled, now);
        bool came = false;
        if (!is_given_up()) came = co_await read();
        if (came) co_return true;
        if (eviction == Eviction::memory) co_return co_await send_error(too_many_bodies);
        if (eviction == Eviction::connection) ending_ = CloseMode::broken;
        if (ending_ == CloseMode::broken || !timed_out) co_return false;
        co_return co_await send_error(
            {408, reader_.reading_head() ? "the request's header took too long" : "the request's body took too long"});
    }

    // Counts `bytes` for the request or the unsent response. May evict others; from then on this may be evicted while
    // it waits.
    Room hold(std::size_t bytes) {
        const Room room = count(bytes);
        if (is_held(room) && lease_.bytes() > 0) holding.join(shard_.holders(holder_), Group::idle, Clock::now());
        return room;
    }

    Room count(std::size_t bytes) {
        const auto beyond = bytes - std::min(bytes, uncounted_memory);
        const auto counted = (beyond + counted_memory - 1) / counted_memory * counted_memory;
        if (counted != lease_.bytes() && !lease_.resize(counted)) {
            const Room room = shard_.make_room(lease_, counted, holder_, *this);
            overdrawn_ = room == Room::lent;
            return room;
        }
        return overdrawn_ ? Room::lent : Room::taken;
    }

    Request request() {
        const auto target = reader_.target();
        const auto [path, query] = split_target(target);
        return {reader_.method(), reader_.method_text(), target, path, query, reader_.headers(), reader_.body(), peer_};
    }

    Awaitable<bool> take_head() {
        Terms terms;
        if (auto refused = state_.handler.on_headers(request(), terms)) return send_refusal(std::move(*refused));
        if (reserved_ && !terms.essential && !find_place()) return send_error(too_many_connections);
        if (terms.anonymous) {
            reader_.limit_body(state_.options.max_anonymous_body, anonymous_body_too_large);
        } else {
            holding.leave();
            lease_.move_to(state_.memory);
            holder_ = Holder::authenticated;
            is_busy();
        }
        if (reader_.has_body()) {
            begun_ = true;
            limit(state_.options.body_timeout);
            if (reader_.wants_continue()) return write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        return step();  // to the body
    }

    // For a connection over a limit: looks for room again, and evicts an idle connection of this thread if necessary.
    bool find_place() {
        is_busy();
        const auto within = state_.connections.load() - state_.reserved.load() + (slot_.reserved ? 1 : 0);
        if (slot_.too_many_of_address || within > state_.options.max_connections) {
            Connection* first = (slot_.too_many_of_address ? *queue_of_address : shard_.queue).first();
            if (first == nullptr) return false;
            shard_.evict(*first, Eviction::connection);
        }
        slot_.reserved.reset();
        queue = &shard_.queue;
        reserved_ = false;
        reserved_until_ = no_deadline;
        return true;
    }

    Awaitable<bool> send_refusal(Response response) {
        const bool last = !reader_.skip_body();
        co_return co_await send(response, last);
    }

    Awaitable<bool> serve() {
        if (!is_held(count(reader_.held()))) co_return co_await send_error(too_many_bodies);
        holding.leave();
        is_busy();
        Connection::limit(no_deadline);
        begun_ = false;
        reader_.return_input(shard_.input);
        Response response;
        auto whole = request();
        bool failed = false;
        try {
            co_await state_.handler.on_request(whole, response);
        } catch (const std::bad_alloc&) {
            logging::end_out_of_memory();
        } catch (const std::exception& error) {
            logging::error("request_failed path=\"{}\" error=\"{}\"", whole.path, error.what());
            failed = true;
        }
        if (failed) co_return co_await send_error({500, "internal error"});
        if (response.stream) co_return co_await send_stream(response);
        co_return co_await send(response, false);
    }

    Awaitable<bool> send_error(RequestError error) {
        Response response;
        response.status = error.status;
        state_.handler.on_error(error.status, error.reason, response);
        reader_.drop_request();
        if (error.status == 503) response.headers += "Retry-After: 1\r\n";
        co_return co_await send(response, true);
    }

    // `last`: the connection cannot continue after this response.
    Awaitable<bool> send(Response& response, bool last) {
        if (response.reset) {
            ending_ = CloseMode::reset;
            co_return false;
        }
        holding.leave();
        const bool drains = state_.draining && !has_unread();  // pipelined requests are still answered
        const bool given_up = reserved_ || eviction != Eviction::none;
        const bool close = last || response.close || drains || given_up || !reader_.keep_alive();
        auto persistence = close ? Persistence::close : Persistence::implied;
        if (!close && reader_.http_1_0()) persistence = Persistence::keep_alive;
        std::string& out = shard_.output;
        out.clear();
        write_response(response, persistence, reader_.is_head(), out);
        const auto written = write_at_once(out);
        const bool all = written == out.size();
        bool sent = all;
        if (!all) {
            std::string().swap(response.body);
            out_.swap(out);
            sent = co_await write_rest(written);
        }
        if (shard_.output.capacity() > kept_output) shard_.output.shrink_to_fit();
        lease_.set(0);
        if (!sent) co_return false;
        if (close && (last || drains || given_up || reader_.has_input())) ending_ = CloseMode::linger;
        co_return !close;
    }

    // Until the stream ends or the client closes, which the next write reveals.
    Awaitable<bool> send_stream(const Response& response) {
        out_.clear();
        write_response(response, Persistence::close, reader_.is_head(), out_);
        while (!out_.empty()) {
            const bool written = co_await write_rest(0);
            if (!written || reader_.is_head()) break;
            Connection::limit(no_deadline);
            out_ = co_await response.stream->next();
        }
        co_return false;
    }

    // Returns how much was written: usually all, as it fits into the socket's buffer.
    std::size_t write_at_once(std::string_view text) {
        boost::system::error_code ec;  // `write_rest` gets it again
        return stream_.write_some(boost::asio::buffer(text.data(), text.size()), ec);
    }

    // Writes the rest of `out_` as fast as the client reads.
    Awaitable<bool> write_rest(std::size_t written) {
        const auto now = Clock::now();
        limit_from(now, state_.options.body_timeout);
        if (!is_held(hold(out_.size() + reader_.held()))) {
            ending_ = CloseMode::broken;
            co_return false;
        }
        may_be_evicted(Group::stalled, now);
        const bool sent = co_await write(std::string_view(out_).substr(written));
        holding.leave();
        is_busy();
        std::string().swap(out_);
        co_return sent;
    }

    Awaitable<bool> write(std::string_view text) {
        reader_.return_input(shard_.input);
        while (!text.empty()) {
            boost::system::error_code ec;
            text.remove_prefix(stream_.write_some(boost::asio::buffer(text.data(), text.size()), ec));
            bool goes_on = !ec;
            if (ec == boost::asio::error::would_block) goes_on = co_await wait();
            if (!goes_on) {
                ending_ = CloseMode::broken;
                co_return false;
            }
        }
        co_return true;
    }

    Awaitable<void> close() {
        boost::system::error_code ignored;
        auto& its_socket = stream_.socket();
        if (ending_ == CloseMode::reset) {
            its_socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
            its_socket.close(ignored);  // Asio's destructor would reset the option
        }
        if (ending_ == CloseMode::reset || ending_ == CloseMode::broken || state_.stopping) co_return;
        reader_.return_input(shard_.input);
        reader_.drop_request();
        holding.leave();
        lease_.set(0);
        eviction = Eviction::none;
        const auto now = Clock::now();
        limit_from(now, linger_time);
        may_be_evicted(Group::idle, now);
        if constexpr (!is_plain) {
            const bool told = co_await shut_down_tls();
            if (!told) co_return;
        }
        if (ending_ == CloseMode::linger) co_await discard_input();
    }

    Awaitable<bool> shut_down_tls() {
        while (true) {
            boost::system::error_code ec;
            stream_.shut_down(ec);
            if (ec != boost::asio::error::would_block) co_return !ec;
            const bool ready = co_await wait();
            if (!ready) co_return false;
        }
    }

    Awaitable<void> discard_input() {
        boost::system::error_code ignored;
        auto& its_socket = stream_.socket();
        its_socket.shutdown(boost::asio::socket_base::shutdown_send, ignored);
        std::size_t discarded = 0;
        while (discarded < linger_bytes) {
            const auto size = discard_some(ignored);
            discarded += size;
            if (size > 0 && ++reads_ % reads_in_a_turn != 0) continue;
            if (size == 0 && ignored != boost::asio::error::would_block) break;
            const auto [ec] = co_await its_socket.async_wait(Socket::wait_read, as_value);
            if (ec || is_given_up()) break;
        }
    }

    std::size_t discard_some(boost::system::error_code& ec) {
        std::array<char, 16'384> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): nobody reads them
        return stream_.socket().read_some(boost::asio::buffer(bytes), ec);
    }

    ServerState& state_;
    Shard& shard_;
    ConnectionSlot& slot_;
    Stream stream_;
    MemoryLease lease_{state_.anonymous_memory};
    Holder holder_ = Holder::anonymous;  // of the lease
    RequestReader reader_{state_.options.max_header, state_.options.max_body};
    std::string out_;  // the unsent part of a response
    std::string peer_;
    TimePoint reserved_until_ = no_deadline;
    int reads_ = 0;
    bool reserved_ = false;   // over the limit of connections
    bool overdrawn_ = false;  // the lease is over the limit until another thread frees as much
    bool begun_ = false;      // the timeout of the header or body is running
    CloseMode ending_ = CloseMode::plain;
};

}  // namespace pintle::http
