#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "pintle/base/http_message.hpp"

namespace pintle::http::client {

// Reads one response from the bytes that arrive. No I/O. The buffers are reused for the next response. Keeps at most
// 512 KiB of a body and 48 KiB of other data, whatever arrives.
class ResponseParser {
public:
    enum class Progress : std::uint8_t {
        more,    // read on
        whole,   // `response` has it
        broken,  // it is not HTTP, or ended too early: `problem` says why
    };

    void reset();
    boost::asio::mutable_buffer space();  // for the next bytes
    Progress received(std::size_t size);  // that many bytes were put there
    Progress ended();                     // the connection was closed by the other side

    HttpResponse& response() noexcept { return parser_->response; }
    const std::string& problem() const noexcept { return problem_; }
    std::size_t buffered() const noexcept { return buffer_.size(); }  // bytes that are not parsed yet
    bool begun() const noexcept { return begun_; }                    // at least one byte has arrived
    bool keep_alive() const noexcept { return keep_alive_; }          // whether the connection may be used again

private:
    // Keeps only the parts that are used.
    struct Parser final : boost::beast::http::basic_parser<false> {
        Parser();
        using Error = boost::beast::error_code;
        using View = boost::beast::string_view;

        void on_request_impl(boost::beast::http::verb, View, View, int, Error&) override {}
        void on_response_impl(int status, View reason, int version, Error& error) override;
        void on_field_impl(boost::beast::http::field name, View text, View value, Error& error) override;
        void on_header_impl(Error&) override { in_trailers = true; }
        void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
        std::size_t on_body_impl(View body, Error& error) override;
        void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t remaining, View body, Error& error) override;
        void on_finish_impl(Error&) override {}

        HttpResponse response;
        bool in_trailers = false;  // further fields are trailers
    };

    Progress read_on();
    Progress broken(std::string problem);

    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::string problem_;
    std::size_t received_ = 0;  // bytes
    int interim_ = 0;           // 1xx responses before the final one
    bool begun_ = false;
    bool keep_alive_ = false;
};

}  // namespace pintle::http::client
