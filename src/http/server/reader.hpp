#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include "body.hpp"
#include "head.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::http {

// Makes Beast's parser pass the body to a decoder without a copy.
struct DecodedBody {
    using value_type = BodyDecoder*;

    class reader {  // NOLINT(readability-identifier-naming): Beast's name for it
    public:
        template <bool IsRequest, class Fields>
        reader(boost::beast::http::header<IsRequest, Fields>&, value_type& decoder) : decoder_(decoder) {}

        template <class Length>
        void init(const Length&, boost::beast::error_code& ec) {
            ec = {};
        }

        std::size_t put(boost::asio::const_buffer bytes, boost::beast::error_code& ec) {
            const auto error = decoder_->feed({static_cast<const char*>(bytes.data()), bytes.size()});
            // Any error will do: the caller of the parser asks the decoder.
            if (error != BodyError::none) ec = boost::beast::http::error::bad_value;
            return bytes.size();
        }

        void finish(boost::beast::error_code& ec) { ec = {}; }

    private:
        value_type& decoder_;
    };
};

// Beast's parser without the trailers of a chunked body: headers, such as a write key, are checked before the body is
// read and must not change afterwards.
class RequestParser final : public boost::beast::http::request_parser<DecodedBody> {
public:
    using boost::beast::http::request_parser<DecodedBody>::request_parser;

private:
    void on_field_impl(boost::beast::http::field name, boost::beast::string_view text, boost::beast::string_view value,
                       boost::beast::error_code&) override {
        if (!is_header_done()) get().insert(name, text, value);
    }
};

// Parses the requests of a connection. No I/O: the owner reads from the socket into `space`, calls `received`, and does
// what `next` returns. The limits bound what it buffers.
class RequestReader {
public:
    enum class Step : std::uint8_t {
        idle,     // read; no request has begun
        more,     // read; a request is incomplete
        head,     // the head is complete; `next` continues with the body
        request,  // the request is complete; `next` continues with the next one
        error,    // see `error`; final
    };

    RequestReader(std::size_t max_header, std::size_t max_body);

    Step next();
    boost::asio::mutable_buffer space();
    void received(std::size_t bytes) { input_.commit(bytes); }

    // Valid from `head` until `next` is called after `request`.
    const boost::beast::http::fields& headers() const { return parser_->get(); }
    boost::beast::http::verb method() const { return parser_->get().method(); }
    std::string_view method_text() const { return parser_->get().method_string(); }
    std::string_view target() const { return parser_->get().target(); }
    std::string& body() noexcept { return body_; }
    bool keep_alive() const { return parser_->keep_alive(); }
    bool http_1_0() const { return parser_->get().version() < 11; }
    bool is_head() const noexcept { return is_head_; }     // at any time
    bool has_body() const { return !parser_->is_done(); }  // at `head`
    bool wants_continue() const;  // at `head`: `Expect: 100-continue`, and no byte of the body was received

    using Buffer = boost::beast::flat_buffer;

    // Makes reads use `buffer` instead of the own buffer, if that is empty. It must be returned before anyone else uses
    // it; unread bytes then move to the own buffer.
    void borrow_input(Buffer& buffer);
    void return_input(Buffer& buffer);

    // At `head`: sets a lower limit for this body, and the error if it is exceeded.
    void limit_body(std::size_t max_body, RequestError too_large);

    // At `head`: skips the body if all of it was received; else returns false. `next` then continues with the next
    // request.
    bool skip_body();

    // Frees the memory of the request, as the connection ends. Only `is_head` may be used afterwards.
    void drop_request() {
        std::string().swap(body_);
        decoder_.drop();
        parser_.reset();
        head_memory_ = 0;
    }

    bool reading_head() const noexcept { return state_ == State::head; }
    bool finished() const noexcept { return state_ == State::finished; }  // the body is complete
    bool has_input() const noexcept { return input_.size() > 0; }         // there are unread bytes
    // The memory of the request in bytes.
    std::size_t held() const noexcept { return input_.size() + body_.size() + head_memory_ + decoder_.memory(); }
    const RequestError& error() const noexcept { return error_; }

private:
    enum class State : std::uint8_t { between, head, body, finished, failed };

    bool skip_empty_lines();
    void reuse_memory();
    Step read_head();
    Step head_done();
    Step read_body();
    Step finish();
    Step fail(RequestError error);
    Step fail(boost::beast::error_code ec);
    Step fail(BodyError error);

    std::size_t max_header_;
    std::size_t max_body_;
    State state_ = State::between;
    Framing framing_;
    RequestError error_;
    RequestError body_too_large_;
    std::size_t header_bytes_ = 0;
    std::size_t head_memory_ = 0;
    std::size_t expected_ = 0;  // of the body, before it begins
    Buffer input_;
    bool borrowed_ = false;
    bool is_head_ = false;
    BodyDecoder decoder_;
    std::string body_;
    std::optional<RequestParser> parser_;
};

}  // namespace pintle::http
