#include "reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compress.hpp"

namespace pintle::http {
namespace {

using Step = RequestReader::Step;

void feed(RequestReader& reader, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = boost::asio::buffer_copy(reader.space(), boost::asio::buffer(bytes));
        reader.received(size);
        bytes.remove_prefix(size);
    }
}

// Feeds byte by byte, going on wherever the reader can, up to the first whole request or error.
Step drip(RequestReader& reader, std::string_view bytes) {
    auto step = reader.next();
    for (const char byte : bytes) {
        feed(reader, {&byte, 1});
        for (step = reader.next(); step == Step::head;) step = reader.next();
        if (step == Step::request || step == Step::error) return step;
    }
    return step;
}

RequestError refused(std::string_view bytes) {
    RequestReader at_once(1'000, 1'000);
    feed(at_once, bytes);
    auto step = at_once.next();
    if (step == Step::head) step = at_once.next();
    EXPECT_EQ(step, Step::error) << bytes;

    RequestReader dripping(1'000, 1'000);
    EXPECT_EQ(drip(dripping, bytes), Step::error) << bytes;
    EXPECT_EQ(at_once.error().status, dripping.error().status) << bytes;
    return at_once.error();
}

std::string post(std::string_view headers, std::string_view body = {}) {
    return "POST /v1/track HTTP/1.1\r\nHost: pintle\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(RequestReader, WaitsForTheHeadAndThenForTheBody) {
    RequestReader reader(1'000, 1'000);
    EXPECT_EQ(reader.next(), Step::idle);
    feed(reader, "POST /v1/track?a=b HTTP/1.1\r\nHost: pint");
    EXPECT_EQ(reader.next(), Step::more);
    EXPECT_TRUE(reader.reading_head());
    feed(reader, "le\r\nContent-Length: 5\r\n\r\nhel");
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_EQ(reader.target(), "/v1/track?a=b");
    EXPECT_TRUE(reader.has_body());
    EXPECT_EQ(reader.next(), Step::more);
    EXPECT_FALSE(reader.reading_head());
    feed(reader, "lo");
    EXPECT_EQ(reader.next(), Step::request);
    EXPECT_EQ(reader.body(), "hello");
    EXPECT_EQ(reader.next(), Step::idle);
}

TEST(RequestReader, ReadsTheSameInWhateverPiecesItComes) {
    const auto zipped = compress("hello", Wrap::gzip);
    constexpr std::string_view digits = "0123456789abcdef";
    const std::string chunk{digits[zipped.size() / 16], digits[zipped.size() % 16]};
    for (const auto& bytes :
         {post("Content-Length: 5\r\n", "hello"),
          post("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3;a=\"b\"\r\nllo\r\n0\r\nSome: trailer\r\n\r\n"),
          post("Content-Encoding: gzip\r\nContent-Length: " + std::to_string(zipped.size()) + "\r\n", zipped),
          post("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
               chunk + "\r\n" + zipped + "\r\n0\r\n\r\n")}) {
        RequestReader reader(1'000, 1'000);
        EXPECT_EQ(drip(reader, bytes), Step::request) << bytes;
        EXPECT_EQ(reader.body(), "hello") << bytes;
    }
}

TEST(RequestReader, KeepsPipelinedRequestsApart) {
    RequestReader reader(1'000, 1'000);
    feed(reader, post("Content-Length: 3\r\n", "one") + "\r\n" +
                     post("Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n") + post(""));
    for (const auto* body : {"one", "two", ""}) {
        EXPECT_EQ(reader.next(), Step::head);
        EXPECT_EQ(reader.next(), Step::request);
        EXPECT_EQ(reader.body(), body);
    }
    EXPECT_EQ(reader.next(), Step::idle);
}

TEST(RequestReader, RejectsInvalidLengths) {
    for (const auto* length : {"-1", "+1", "1x", "0x10", "", " ", "1 1", "99999999999999999999999", "1.0"}) {
        EXPECT_EQ(refused(post(std::string("Content-Length: ") + length + "\r\n")).status, 400U) << length;
    }
}

TEST(RequestReader, RejectsAmbiguousRequests) {
    for (const auto* headers : {
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nContent-Length: 6\r\n",
             "Content-Length: 5\r\nContent-Length: 5\r\n",
             "Content-Length: 5, 5\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, identity\r\n",
             "Transfer-Encoding: xchunked\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding : chunked\r\n",
             "Transfer-Encoding: \vchunked\r\n",
             "Content-Length: 5\nTransfer-Encoding: chunked\r\n",
             "Some: value\r\n Content-Length: 5\r\n",
             "Some:\r\n\tvalue\r\n",
             "Host: another\r\n",
             "Some: a\rTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding:\x0c"
             "chunked\r\n",
             "No colon\r\n",
             ": no name\r\n",
         }) {
        EXPECT_EQ(refused(post(headers)).status, 400U) << headers;
    }
}

TEST(RequestReader, RejectsWhatIsNotHttp) {
    for (const auto* bytes : {
             "\x16\x03\x01\x02\x01\x01 a TLS client hello\r\n\r\n",
             "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
             "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
             "GET /\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
             "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
             " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: \"a\"\r\n\r\n",
             "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
         }) {
        EXPECT_EQ(refused(bytes).status, 400U) << bytes;
    }
}

TEST(RequestReader, RejectsMalformedChunks) {
    for (const auto* body :
         {"x\r\n", "-1\r\na\r\n", "2\r\nabc\r\n0\r\n\r\n", "2;\x01\r\nab\r\n", "fffffffffffffffff\r\n",
          "0\r\nno colon\r\n\r\n", " 2\r\nab\r\n", "0x0\r\n\r\n", "2\nab\r\n", "2 \nab\r\n", "2\r\nab\n0\r\n\r\n",
          "\r\n", "2;a\nb\r\nab\r\n0\r\n\r\n", "0\r\nA : b\r\n\r\n"}) {
        const auto status = refused(post("Transfer-Encoding: chunked\r\n", body)).status;
        EXPECT_EQ(status, 400U) << body;
    }
}

TEST(RequestReader, RejectsAHeaderOverTheLimit) {
    EXPECT_EQ(refused("GET /" + std::string(2'000, 'a')).status, 431U);
    EXPECT_EQ(refused(post("Some: " + std::string(2'000, 'a'))).status, 431U);
    EXPECT_EQ(refused(post("Some: " + std::string(2'000, 'a') + "\r\n")).status, 431U);
    std::string many;
    for (int i = 0; i < 200; ++i) many += "A: b\r\n";
    EXPECT_EQ(refused(post(many)).status, 431U);
}

// What speaks for a request stands before its body.
TEST(RequestReader, IgnoresTrailers) {
    const auto bytes = post("Transfer-Encoding: chunked\r\nX-Write-Key: first\r\n",
                            "2\r\nhe\r\n0\r\nX-Write-Key: second\r\nAuthorization: Bearer key\r\n\r\n");
    RequestReader reader(1'000, 1'000);
    ASSERT_EQ(drip(reader, bytes), Step::request);
    EXPECT_EQ(reader.headers()["X-Write-Key"], "first");
    EXPECT_EQ(reader.headers().count("X-Write-Key"), 1U);
    EXPECT_EQ(reader.headers().count("Authorization"), 0U);
}

TEST(RequestReader, CountsWhatTheFieldsOfAHeaderTakeAndFreesItWithTheRequest) {
    std::string fields;
    for (int i = 0; i < 100; ++i) fields += "A:\r\n";
    RequestReader reader(10'000, 1'000);
    feed(reader, post(fields + "Content-Length: 3\r\n", "on"));
    ASSERT_EQ(reader.next(), Step::head);
    EXPECT_GT(reader.held(), 100U * 64);
    ASSERT_EQ(reader.next(), Step::more);
    reader.drop_request();
    EXPECT_EQ(reader.held(), 0U);
}

TEST(RequestReader, RejectsEndlessTrailersAndChunkExtensions) {
    EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\n", "0\r\nA: " + std::string(2'000, 'a'))).status, 431U);
    EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\n", "1;a=" + std::string(2'000, 'a'))).status, 431U);
}

TEST(RequestReader, AcceptsABodyOfTheLimitAndRejectsALongerOneByItsLength) {
    RequestReader reader(1'000, 10);
    feed(reader, post("Content-Length: 10\r\n", "0123456789") + post("Content-Length: 11\r\n"));
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_EQ(reader.next(), Step::request);
    EXPECT_EQ(reader.next(), Step::error);
    EXPECT_EQ(reader.error().status, 413U);
}

TEST(RequestReader, RejectsAChunkedOrCompressedBodyOnceItIsTooLong) {
    EXPECT_EQ(refused(post("Transfer-Encoding: chunked\r\n",
                           "258\r\n" + std::string(600, 'a') + "\r\n258\r\n" + std::string(600, 'a') + "\r\n"))
                  .status,
              413U);
    const auto zipped = compress(std::string(2'000, 'a'), Wrap::gzip);
    EXPECT_EQ(
        refused(post("Content-Encoding: gzip\r\nContent-Length: " + std::to_string(zipped.size()) + "\r\n", zipped))
            .status,
        413U);
}

TEST(RequestReader, AcceptsABodyOfTheLimitThatCompressionMadeLonger) {
    const std::string body = "\x01\xfe\x80";
    const auto zipped = compress(body, Wrap::gzip);
    ASSERT_GT(zipped.size(), body.size());
    RequestReader reader(1'000, body.size());
    feed(reader, post("Content-Encoding: gzip\r\nContent-Length: " + std::to_string(zipped.size()) + "\r\n", zipped));
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_EQ(reader.next(), Step::request);
    EXPECT_EQ(reader.body(), body);
}

TEST(RequestReader, RejectsATruncatedOrInvalidCompressedBody) {
    EXPECT_EQ(refused(post("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello")).status, 400U);
    const auto zipped = compress("hello", Wrap::gzip).substr(0, 12);
    EXPECT_EQ(refused(post("Content-Encoding: gzip\r\nContent-Length: 12\r\n", zipped)).status, 400U);
}

TEST(RequestReader, NamesTheEncodingsItUnderstands) {
    for (const auto* headers : {"Content-Encoding: br\r\n", "Content-Encoding: gzip, gzip\r\n",
                                "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"}) {
        const auto error = refused(post(headers));
        EXPECT_EQ(error.status, 415U);
        EXPECT_THAT(std::string(error.reason), testing::HasSubstr("gzip, deflate and identity"));
    }
}

TEST(RequestReader, SkipsABodyThatIsThereButNotOneThatIsToCome) {
    RequestReader reader(1'000, 1'000);
    feed(reader, post("Content-Length: 3\r\n", "one") + post("Content-Length: 3\r\n", "tw"));
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_TRUE(reader.skip_body());
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_FALSE(reader.skip_body());
}

TEST(RequestReader, AsksForTheBodyOnlyOfAClientThatWaits) {
    RequestReader reader(1'000, 1'000);
    feed(reader, post("Expect: 100-continue\r\nContent-Length: 3\r\n"));
    EXPECT_EQ(reader.next(), Step::head);
    EXPECT_TRUE(reader.wants_continue());

    RequestReader impatient(1'000, 1'000);
    feed(impatient, post("Expect: 100-continue\r\nContent-Length: 3\r\n", "o"));
    EXPECT_EQ(impatient.next(), Step::head);
    EXPECT_FALSE(impatient.wants_continue());
}

TEST(Target, IsSplitIntoPathAndQuery) {
    const auto expect = [](std::string_view target, std::string_view path, std::string_view query) {
        const auto split = split_target(target);
        EXPECT_EQ(split.path, path) << target;
        EXPECT_EQ(split.query, query) << target;
    };
    expect("/", "/", "");
    expect("/v1/batch", "/v1/batch", "");
    expect("/sourceConfig/", "/sourceConfig", "");
    expect("/a//", "/a", "");
    expect("//", "/", "");
    expect("/a/?b=/c/?", "/a", "b=/c/?");
    expect("/?", "/", "");
    expect("http://host:80/a?b", "/a", "b");
    expect("http://host?b", "/", "b");
    expect("http://host", "/", "");
    expect("*", "*", "");
}

}  // namespace
}  // namespace pintle::http
