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

// Lets Beast's parser hand a body's bytes straight to a decoder.
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
            // Which error does not matter: who called the parser asks the decoder.
            if (error != BodyError::none) ec = boost::beast::http::error::bad_value;
            return bytes.size();
        }

        void finish(boost::beast::error_code& ec) { ec = {}; }

    private:
        value_type& decoder_;
    };
};

// Beast's parser, but a chunked body's trailers are no headers: what speaks for a request (a write key, say) stands
// before its body, where it is judged.
class RequestParser final : public boost::beast::http::request_parser<DecodedBody> {
public:
    using boost::beast::http::request_parser<DecodedBody>::request_parser;

private:
    void on_field_impl(boost::beast::http::field name, boost::beast::string_view text, boost::beast::string_view value,
                       boost::beast::error_code&) override {
        if (!is_header_done()) get().insert(name, text, value);
    }
};

// Makes requests of a connection's bytes, one after another. Pure: who owns it reads from the socket into `space`,
// tells `received`, and does what `next` says. What it buffers is bounded by the limits.
class RequestReader {
public:
    enum class Step : std::uint8_t {
        idle,     // read; nothing of a request is there
        more,     // read; part of a request is there
        head,     // `request` is there but for its body; `next` goes on with it
        request,  // the whole of it is there; `next` goes on with the one behind it
        fault,    // `fault` says why; final
    };

    RequestReader(std::size_t max_header, std::size_t max_body);

    Step next();
    boost::asio::mutable_buffer space();
    void received(std::size_t bytes) { input_.commit(bytes); }

    // From `head` until `next` is called after `request`. `body` is the reader's own until then.
    const boost::beast::http::fields& headers() const { return parser_->get(); }
    boost::beast::http::verb method() const { return parser_->get().method(); }
    std::string_view method_text() const { return parser_->get().method_string(); }
    std::string_view target() const { return parser_->get().target(); }
    std::string& body() noexcept { return body_; }
    bool keep_alive() const { return parser_->keep_alive(); }
    bool http_1_0() const { return parser_->get().version() < 11; }
    bool is_head() const noexcept { return is_head_; }     // at any time
    bool has_body() const { return !parser_->is_done(); }  // at `head`
    bool wants_continue() const;  // at `head`: `Expect: 100-continue`, and nothing of the body has come

    using Buffer = boost::beast::flat_buffer;

    // Reads go into `buffer` in place of the reader's own, if that holds nothing, until it is returned, which must be
    // before anybody else uses it. What is left in it then moves to the reader's own.
    void borrow_input(Buffer& buffer);
    void return_input(Buffer& buffer);

    // At `head`: this request's body is limited further; the fault is what its sender hears beyond.
    void limit_body(std::size_t max_body, Fault too_large);

    // At `head`: goes past the body, if all of it is there; false if not. `next` then goes on with the next request.
    bool skip_body();

    // Frees all that a request holds but its unread input: nobody will ask for it, the connection ends. Of the request
    // only `is_head` is known then.
    void drop_request() {
        std::string().swap(body_);
        decoder_.drop();
        parser_.reset();
        head_memory_ = 0;
    }

    bool reading_head() const noexcept { return place_ == Place::head; }
    bool finished() const noexcept { return place_ == Place::finished; }  // the body was read to its end
    bool has_input() const noexcept { return input_.size() > 0; }         // bytes behind it are there
    // Bytes of memory that the request takes.
    std::size_t held() const noexcept { return input_.size() + body_.size() + head_memory_ + decoder_.memory(); }
    const Fault& fault() const noexcept { return fault_; }

private:
    enum class Place : std::uint8_t { between, head, body, finished, faulted };

    bool skip_empty_lines();
    void reuse_memory();
    Step read_head();
    Step head_done();
    Step read_body();
    Step finish();
    Step fail(Fault fault);
    Step fail(boost::beast::error_code ec);
    Step fail(BodyError error);

    std::size_t max_header_;
    std::size_t max_body_;
    Place place_ = Place::between;
    Framing framing_;
    Fault fault_;
    Fault body_too_large_;
    std::size_t header_bytes_ = 0;
    std::size_t head_memory_ = 0;
    std::size_t expected_ = 0;  // of the body, until it is begun
    Buffer input_;
    bool lent_ = false;
    bool is_head_ = false;
    BodyDecoder decoder_;
    std::string body_;
    std::optional<RequestParser> parser_;
};

}  // namespace pintle::http
