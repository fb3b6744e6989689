#include "reader.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/error.hpp>

namespace pintle::http {
namespace {

using boost::beast::http::error;

constexpr std::size_t small_read = 4UL * 1024;
constexpr std::size_t large_read = 64UL * 1024;
constexpr std::size_t kept_input = 8UL * 1024;  // of a buffer, between requests
constexpr std::size_t kept_body = 2UL * 1024;
constexpr std::size_t field_memory = 64;            // of a header field in the parser, without its text
constexpr std::size_t max_expected = 512UL * 1024;  // parsed for a body on the mere word of its Content-Length

constexpr RequestError too_large{413, "request size exceeds max limit"};
constexpr RequestError header_too_large{431, "request header is too large"};

// Compression can make a body longer, by deflate's stored blocks and gzip's frame.
std::size_t wire_limit(std::size_t max_body) {
    return max_body + max_body / 128 + 1024;
}

// A folded header line (obs-fold): Beast unfolds it, other servers may not (RFC 9112, 5.2).
bool has_folded_line(std::string_view lines) {
    for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n', end + 1)) {
        if (end + 1 < lines.size() && (lines[end + 1] == ' ' || lines[end + 1] == '\t')) return true;
    }
    return false;
}

std::string_view reason_of(boost::beast::error_code ec) {
    if (ec == error::bad_content_length || ec == error::multiple_content_length) return "bad Content-Length";
    if (ec == error::bad_transfer_encoding) return "Transfer-Encoding given twice or with Content-Length";
    if (ec == error::bad_chunk || ec == error::bad_chunk_extension) return "malformed chunk";
    if (ec == error::bad_method || ec == error::bad_target) return "malformed request line";
    if (ec == error::bad_version) return "malformed request line or HTTP version other than 1.0 and 1.1";
    return "malformed HTTP header";
}

}  // namespace

RequestReader::RequestReader(std::size_t max_header, std::size_t max_body)
    : max_header_(max_header), max_body_(max_body) {}

RequestReader::Step RequestReader::next() {
    switch (state_) {
        case State::finished:
            state_ = State::between;
            reuse_memory();
            [[fallthrough]];
        case State::between:
            if (!skip_empty_lines()) return Step::idle;
            parser_.emplace(std::piecewise_construct, std::make_tuple(&decoder_));
            parser_->header_limit(static_cast<std::uint32_t>(max_header_));
            parser_->body_limit(wire_limit(max_body_));
            header_bytes_ = 0;
            is_head_ = false;
            body_too_large_ = too_large;
            state_ = State::head;
            [[fallthrough]];
        case State::head: return read_head();
        case State::body: return read_body();
        case State::failed: break;
    }
    return Step::error;
}

boost::asio::mutable_buffer RequestReader::space() {
    if (state_ != State::body || !borrowed_) return input_.prepare(small_read);
    const auto left = parser_->content_length_remaining().value_or(large_read / 4);
    return input_.prepare(std::clamp<std::size_t>(left, small_read, large_read));
}

void RequestReader::borrow_input(Buffer& buffer) {
    if (borrowed_ || input_.size() > 0) return;
    swap(input_, buffer);
    borrowed_ = true;
}

void RequestReader::return_input(Buffer& buffer) {
    if (!borrowed_) return;
    borrowed_ = false;
    swap(input_, buffer);
    if (buffer.size() == 0) return;
    input_.commit(boost::asio::buffer_copy(input_.prepare(buffer.size()), buffer.cdata()));
    buffer.consume(buffer.size());
}

void RequestReader::limit_body(std::size_t max_body, RequestError too_large_then) {
    const bool compressed = framing_.encoding != Encoding::identity;
    const auto limit = compressed ? wire_limit(max_body) : max_body;
    body_too_large_ = too_large_then;
    if (parser_->content_length().value_or(0) > limit) {
        fail(body_too_large_);
        return;
    }
    parser_->body_limit(wire_limit(max_body));
    decoder_.begin(framing_.encoding, max_body, body_);
}

bool RequestReader::wants_continue() const {
    return framing_.expects_continue && !parser_->is_done() && input_.size() == 0;
}

bool RequestReader::skip_body() {
    if (has_body()) {
        const auto left = parser_->content_length_remaining();
        if (!left || *left > input_.size()) return false;
        input_.consume(static_cast<std::size_t>(*left));
    }
    state_ = State::finished;
    return true;
}

// Old clients send a line break after the body (RFC 9112, 2.2).
bool RequestReader::skip_empty_lines() {
    while (input_.size() > 0) {
        const char first = *static_cast<const char*>(input_.cdata().data());
        if (first != '\r' && first != '\n') return true;
        input_.consume(1);
    }
    return false;
}

void RequestReader::reuse_memory() {
    body_.clear();
    if (body_.capacity() > kept_body) body_.shrink_to_fit();
    if (!borrowed_ && input_.capacity() > kept_input) input_.shrink_to_fit();
    parser_.reset();
    head_memory_ = 0;
}

RequestReader::Step RequestReader::read_head() {
    boost::beast::error_code ec;
    const std::string_view unread(static_cast<const char*>(input_.cdata().data()), input_.size());
    const auto parsed = parser_->put(input_.cdata(), ec);
    if (has_folded_line(unread.substr(0, parsed))) return fail({400, "a header's value goes on in the next line"});
    input_.consume(parsed);
    header_bytes_ += parsed;
    if (ec == error::need_more) {
        return header_bytes_ + input_.size() < max_header_ ? Step::more : fail(header_too_large);
    }
    if (ec) return fail(ec);
    if (header_bytes_ > max_header_) return fail(header_too_large);
    return head_done();
}

RequestReader::Step RequestReader::head_done() {
    is_head_ = method() == boost::beast::http::verb::head;
    if (const auto refused = check_head(parser_->get(), framing_)) return fail(*refused);
    const auto length = parser_->content_length().value_or(0);
    if (framing_.encoding == Encoding::identity && length > max_body_) return fail(too_large);
    body_.clear();
    decoder_.begin(framing_.encoding, max_body_, body_);
    expected_ = std::min<std::size_t>(length, max_expected);
    head_memory_ = header_bytes_ + framing_.fields * field_memory;
    state_ = State::body;
    return Step::head;
}

RequestReader::Step RequestReader::read_body() {
    if (expected_ > 0) body_.reserve(std::exchange(expected_, 0) + body_padding);
    while (!parser_->is_done()) {
        boost::beast::error_code ec;
        const auto had = input_.size();
        input_.consume(had == 0 ? 0 : parser_->put(input_.cdata(), ec));
        if (decoder_.error() != BodyError::none) return fail(decoder_.error());
        if (ec && ec != error::need_more) return fail(ec);
        if (parser_->is_done()) break;
        if (ec == error::need_more || input_.size() == 0) {
            // Incomplete input is a chunk's header or the trailers.
            return input_.size() < max_header_ ? Step::more : fail(header_too_large);
        }
    }
    return finish();
}

RequestReader::Step RequestReader::finish() {
    if (decoder_.finish() != BodyError::none) return fail(decoder_.error());
    state_ = State::finished;
    return Step::request;
}

RequestReader::Step RequestReader::fail(RequestError error) {
    state_ = State::failed;
    error_ = error;
    return Step::error;
}

RequestReader::Step RequestReader::fail(boost::beast::error_code ec) {
    if (ec == error::body_limit) return fail(body_too_large_);
    if (ec == error::header_limit) return fail(header_too_large);
    return fail({400, reason_of(ec)});
}

RequestReader::Step RequestReader::fail(BodyError error) {
    if (error == BodyError::too_large) return fail(body_too_large_);
    return fail({400, error == BodyError::truncated ? "the compressed body is cut off" : "malformed compressed body"});
}

}  // namespace pintle::http
