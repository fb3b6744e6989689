#include "response_parser.hpp"

#include <algorithm>
#include <utility>

namespace pintle::http::client {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t read_size = std::size_t{16} * 1024;
constexpr std::size_t kept_body = std::size_t{16} * 1024;
constexpr std::size_t kept_item_errors = std::size_t{512} * 1024;  // a batch has up to 500 items or so
constexpr std::uint64_t max_body = std::uint64_t{1024} * 1024;     // a longer one is cut off
constexpr std::uint32_t max_header = 32 * 1024;
constexpr std::size_t max_chunk_header = max_header;         // with its extensions, or the last one with the trailers
constexpr std::size_t max_response = std::size_t{8} << 20U;  // of everything, with interim responses and framing
constexpr int max_interim = 20;

}  // namespace

ResponseParser::Parser::Parser() {
    eager(true);
    header_limit(max_header);
    body_limit(max_body);
}

void ResponseParser::Parser::on_response_impl(int status, View, int, Error& error) {
    response.status = status;
    if (status < 100) error = http::error::bad_status;  // Beast accepts any three digits
}

void ResponseParser::Parser::on_field_impl(http::field name, View, View value, Error&) {
    if (in_trailers) return;  // trailers must not override the header
    if (name == http::field::retry_after) response.retry_after = value;
    if (name == http::field::location) response.location = value;
}

std::size_t ResponseParser::Parser::on_body_impl(View body, Error&) {
    const std::size_t kept = response.status == 207 ? kept_item_errors : kept_body;
    const std::size_t room = kept - std::min(kept, response.body.size());
    response.body.append(body.data(), std::min(room, body.size()));
    return body.size();
}

std::size_t ResponseParser::Parser::on_chunk_body_impl(std::uint64_t, View body, Error& error) {
    return on_body_impl(body, error);
}

void ResponseParser::reset() {
    buffer_.clear();
    parser_.emplace();
    problem_.clear();
    received_ = 0;
    interim_ = 0;
    begun_ = keep_alive_ = false;
}

boost::asio::mutable_buffer ResponseParser::space() {
    return buffer_.prepare(read_size);
}

ResponseParser::Progress ResponseParser::received(std::size_t size) {
    begun_ = begun_ || size != 0;
    received_ += size;
    buffer_.commit(size);
    while (buffer_.size() != 0) {
        boost::beast::error_code error;
        buffer_.consume(parser_->put(buffer_.data(), error));
        if (error == http::error::need_more) return read_on();
        if (error == http::error::body_limit)
            return Progress::whole;  // the status counts, and the connection is closed
        if (error) return broken(error.message());
        if (!parser_->is_done()) continue;
        if (parser_->response.status / 100 != 1) {
            keep_alive_ = parser_->keep_alive() && buffer_.size() == 0;
            return Progress::whole;
        }
        if (++interim_ > max_interim) return broken("too many 1xx responses");
        parser_.emplace();
    }
    return read_on();
}

// The parser keeps a header, a chunk's header and the trailers in the buffer until they are whole. Beast limits only
// the first.
ResponseParser::Progress ResponseParser::read_on() {
    if (buffer_.size() >= max_chunk_header) return broken("a chunk's extensions or the trailers are over 32 KiB");
    if (received_ > max_response) return broken("it is over 8 MiB with its framing");
    return Progress::more;
}

ResponseParser::Progress ResponseParser::ended() {
    boost::beast::error_code error;
    if (parser_->got_some()) parser_->put_eof(error);
    if (!error && parser_->is_done()) return Progress::whole;
    return broken({});
}

ResponseParser::Progress ResponseParser::broken(std::string problem) {
    problem_ = std::move(problem);
    return Progress::broken;
}

}  // namespace pintle::http::client
