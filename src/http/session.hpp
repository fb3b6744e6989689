#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "http/answer.hpp"
#include "http/budget.hpp"
#include "http/core.hpp"
#include "http/reader.hpp"
#include "http/shard.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::http {

// How long a client may take over what comes behind its last answer, and how much of it is read: a connection closed
// with input unread is reset, and the client may never see the answer.
inline constexpr std::chrono::milliseconds linger_time{1'500};
inline constexpr std::size_t linger_bytes = 8UL * 1024 * 1024;
inline constexpr std::chrono::milliseconds reject_time{1'000};
inline constexpr Fault too_many_bodies{503, "too many large requests at a time"};
inline constexpr std::size_t kept_output = 16UL * 1024;

using TlsStream = boost::asio::ssl::stream<Socket>;

inline Socket& transport(Socket& stream) {
    return stream;
}
inline Socket& transport(TlsStream& stream) {
    return stream.next_layer();
}

// One connection. (GCC 12 destroys an awaitable twice that is awaited in a condition: hence the names for answers that
// are looked at once.) What its requests are is decided by RequestReader; this reads, asks the handler and writes.
template <class Stream>
class Session {
public:
    Session(Core& core, Shard& shard, Stream stream)
        : core_(core),
          shard_(shard),
          stream_(std::move(stream)),
          connection_(transport(stream_)),
          share_(core.memory),
          reader_(core.options.max_header, core.options.max_body) {
        boost::system::error_code ec;
        const auto remote = transport(stream_).remote_endpoint(ec);
        if (!ec) peer_ = remote.address().to_string();
        if constexpr (std::is_same_v<Stream, Socket>) stream_.non_blocking(true, ec);  // for `write_at_once`
        shard_.add(connection_);
    }
    ~Session() { shard_.remove(connection_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Serves requests until one side has had enough.
    Awaitable<void> run() {
        bool goes_on = co_await shake_hands();
        while (goes_on) goes_on = co_await step();
        co_await close();
    }

    // Answers 503 whatever the request is.
    Awaitable<void> reject() {
        connection_.limit(Clock::now() + reject_time);
        const bool ready = co_await shake_hands();
        if (!ready) co_return;
        // A client that has not asked yet would not understand an answer.
        const auto [ec, size] = co_await read();
        took(ec, size);
        co_await send_fault({503, "too many connections"});
        co_await close();
    }

private:
    using Step = RequestReader::Step;
    enum class Ending : std::uint8_t { plain, linger, reset, broken };

    void limit(std::chrono::milliseconds time) { connection_.limit(Clock::now() + time); }

    Awaitable<bool> shake_hands() {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            if (connection_.deadline == no_deadline) limit(core_.options.header_timeout);
            const auto [ec] = co_await stream_.async_handshake(TlsStream::server, as_value);
            if (ec) ending_ = Ending::broken;
            co_return !ec;
        }
        co_return true;
    }

    // Each step is true where the connection goes on. (What needs no waiting is no coroutine of its own: each costs as
    // much as parsing a header field.)
    Awaitable<bool> step() {
        switch (reader_.next()) {
            case Step::idle: return read_first();
            case Step::more: return read_more();
            case Step::head: return take_head();
            case Step::request: return serve();
            case Step::fault: break;
        }
        return send_fault(reader_.fault());
    }

    auto read() { return stream_.async_read_some(reader_.space(), as_value); }

    bool took(boost::system::error_code ec, std::size_t size) {
        reader_.received(size);
        if (ec && ec != boost::asio::error::operation_aborted) ending_ = Ending::broken;
        return !ec;
    }

    Awaitable<bool> read_first() {
        begun_ = false;
        const auto& options = core_.options;
        limit(core_.draining ? std::min(options.drain_grace, options.idle_timeout) : options.idle_timeout);
        connection_.idle = true;
        // First whatever else is ready: then the client may have asked already, and nothing needs to be waited for.
        co_await boost::asio::post(stream_.get_executor(), as_value);
        const auto [ec, size] = co_await read();
        const bool came = took(ec, size);
        connection_.idle = false;
        // A request may have come just when the time was over: closing now would reset the connection.
        co_return came || (ending_ == Ending::plain && has_unread());
    }

    bool has_unread() {
        boost::system::error_code ec;
        return reader_.has_input() || transport(stream_).available(ec) > 0;
    }

    Awaitable<bool> read_more() {
        if (!share_.hold(reader_.held())) return send_fault(too_many_bodies);
        return read_on();
    }

    Awaitable<bool> read_on() {
        if (!begun_) limit(core_.options.header_timeout);
        begun_ = true;
        const auto [ec, size] = co_await read();
        if (took(ec, size)) co_return true;
        if (ending_ == Ending::broken || !connection_.timed_out) co_return false;
        co_return co_await send_fault(
            {408, reader_.reading_head() ? "the request's header took too long" : "the request's body took too long"});
    }

    Request request() {
        const auto target = reader_.target();
        const auto [path, query] = split_target(target);
        return {reader_.method(), reader_.method_text(), target, path, query, reader_.headers(), reader_.body(), peer_};
    }

    Awaitable<bool> take_head() {
        if (auto refused = core_.handler.refuse(request())) return send_refusal(std::move(*refused));
        if (reader_.has_body()) {
            begun_ = true;
            limit(core_.options.body_timeout);
            if (reader_.wants_continue()) return write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        return step();  // to its body
    }

    Awaitable<bool> send_refusal(Answer answer) {
        const bool last = !reader_.skip_body();
        co_return co_await send(answer, last);
    }

    Awaitable<bool> serve() {
        if (!share_.hold(reader_.held())) co_return co_await send_fault(too_many_bodies);
        connection_.limit(no_deadline);
        begun_ = false;
        Answer answer;
        auto whole = request();
        bool failed = false;
        try {
            co_await core_.handler.handle(whole, answer);
        } catch (const std::bad_alloc&) {
            logging::end_out_of_memory();
        } catch (const std::exception& error) {
            logging::error("request_failed path=\"{}\" error=\"{}\"", whole.path, error.what());
            failed = true;
        }
        if (failed) co_return co_await send_fault({500, "internal error"});
        if (answer.stream) co_return co_await send_stream(answer);
        co_return co_await send(answer, false);
    }

    Awaitable<bool> send_fault(Fault fault) {
        Answer answer;
        answer.status = fault.status;
        core_.handler.fault(fault.status, fault.reason, answer);
        reader_.drop_body();
        if (fault.status == 503) answer.headers += "Retry-After: 1\r\n";
        co_return co_await send(answer, true);
    }

    // `last`: the connection cannot go on behind this answer.
    Awaitable<bool> send(const Answer& answer, bool last) {
        if (answer.reset) {
            ending_ = Ending::reset;
            co_return false;
        }
        const bool drains = core_.draining && !has_unread();  // what was pipelined is answered before the end
        const bool close = last || answer.close || drains || !reader_.keep_alive();
        auto persistence = close ? Persistence::close : Persistence::implied;
        if (!close && reader_.http_1_0()) persistence = Persistence::keep_alive;
        out_.clear();
        write_answer(answer, persistence, reader_.is_head(), out_);
        if (const auto left = write_at_once(out_); !left.empty()) {
            limit(core_.options.body_timeout);
            const bool written = co_await write(left);
            if (!written) co_return false;
        }
        share_.hold(0);
        if (out_.capacity() > kept_output) out_.shrink_to_fit();
        if (close && (last || drains || reader_.has_input())) ending_ = Ending::linger;
        co_return !close;
    }

    // Until either side has had enough. A client that left is noticed by the next part.
    Awaitable<bool> send_stream(const Answer& answer) {
        std::string part;
        write_answer(answer, Persistence::close, reader_.is_head(), part);
        while (!part.empty()) {
            limit(core_.options.body_timeout);
            const bool written = co_await write(part);
            if (!written || reader_.is_head()) break;
            connection_.limit(no_deadline);
            part = co_await answer.stream->next();
        }
        co_return false;
    }

    // What is left to be waited for: of most answers nothing, as they fit into the socket's buffer.
    std::string_view write_at_once(std::string_view text) {
        if constexpr (std::is_same_v<Stream, Socket>) {
            boost::system::error_code ec;  // comes again where it matters
            text.remove_prefix(stream_.write_some(boost::asio::buffer(text.data(), text.size()), ec));
        }
        return text;
    }

    Awaitable<bool> write(std::string_view text) {
        const auto [ec, size] =
            co_await boost::asio::async_write(stream_, boost::asio::buffer(text.data(), text.size()), as_value);
        if (ec) ending_ = Ending::broken;
        co_return !ec;
    }

    Awaitable<void> close() {
        boost::system::error_code ignored;
        auto& socket = transport(stream_);
        if (ending_ == Ending::reset) {
            socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
            socket.close(ignored);  // Asio's destructor would take the option back
        }
        if (ending_ == Ending::reset || ending_ == Ending::broken || core_.stopping) co_return;
        reader_.drop_body();
        limit(linger_time);
        if constexpr (std::is_same_v<Stream, TlsStream>) co_await stream_.async_shutdown(as_value);
        if (ending_ == Ending::linger) co_await discard_input();
    }

    Awaitable<void> discard_input() {
        boost::system::error_code ignored;
        transport(stream_).shutdown(boost::asio::socket_base::shutdown_send, ignored);
        for (std::size_t discarded = 0; discarded < linger_bytes && !connection_.timed_out;) {
            const auto [ec, size] = co_await transport(stream_).async_read_some(reader_.space(), as_value);
            if (ec) break;
            discarded += size;
        }
    }

    Core& core_;
    Shard& shard_;
    Stream stream_;
    Connection connection_;
    Share share_;
    RequestReader reader_;
    std::string out_;
    std::string peer_;
    bool begun_ = false;  // the time limit of the request's header or body runs
    Ending ending_ = Ending::plain;
};

}  // namespace pintle::http
