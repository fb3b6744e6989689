#include "body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compress.hpp"

namespace pintle::http {
namespace {

const std::string text = R"({"type":"track","event":"Compressed","properties":{"a":1,"b":"aaaaaaaaaaaaaaaaaaaaaaaa"}})";

struct Decoded {
    BodyError error = BodyError::none;
    std::string body;
};

Decoded decode(Encoding encoding, std::string_view sent, std::size_t chunk = 1 << 20, std::size_t limit = 1 << 20) {
    Decoded decoded;
    BodyDecoder decoder;
    decoder.begin(encoding, limit, decoded.body);
    for (; !sent.empty(); sent.remove_prefix(std::min(sent.size(), chunk))) {
        decoded.error = decoder.feed(sent.substr(0, chunk));
        if (decoded.error != BodyError::none) return decoded;
    }
    decoded.error = decoder.finish();
    return decoded;
}

TEST(ContentEncoding, IsReadWhateverItsCase) {
    EXPECT_EQ(parse_encoding("GZip"), Encoding::gzip);
    EXPECT_EQ(parse_encoding("x-gzip"), Encoding::gzip);
    EXPECT_EQ(parse_encoding("deflate"), Encoding::deflate);
    EXPECT_EQ(parse_encoding("identity"), Encoding::identity);
    EXPECT_EQ(parse_encoding(""), Encoding::identity);
}

TEST(ContentEncoding, OfAnotherKindOrMoreThanOneIsNotUnderstood) {
    EXPECT_EQ(parse_encoding("br"), std::nullopt);
    EXPECT_EQ(parse_encoding("gzip, gzip"), std::nullopt);
}

struct Form {
    std::string name;
    Encoding encoding;
    std::string sent;
};

class EveryForm : public testing::TestWithParam<Form> {};

TEST_P(EveryForm, IsDecodedForAnySplitIntoChunks) {
    for (std::size_t chunk = 1; chunk <= GetParam().sent.size(); ++chunk) {
        const auto decoded = decode(GetParam().encoding, GetParam().sent, chunk);
        ASSERT_EQ(decoded.error, BodyError::none) << "chunks of " << chunk;
        ASSERT_EQ(decoded.body, text) << "chunks of " << chunk;
    }
}

TEST_P(EveryForm, MayBeAsLongAsTheLimitButNoLonger) {
    EXPECT_EQ(decode(GetParam().encoding, GetParam().sent, 7, text.size()).error, BodyError::none);
    EXPECT_EQ(decode(GetParam().encoding, GetParam().sent, 7, text.size() - 1).error, BodyError::too_large);
}

TEST_P(EveryForm, HasPaddingBehindIt) {
    std::string body;
    BodyDecoder decoder;
    decoder.begin(GetParam().encoding, 1 << 20, body);
    decoder.feed(GetParam().sent);
    decoder.finish();
    EXPECT_GE(body.capacity() - body.size(), body_padding);
}

INSTANTIATE_TEST_SUITE_P(Body, EveryForm,
                         testing::Values(Form{"identity", Encoding::identity, text},
                                         Form{"gzip", Encoding::gzip, compress(text, Wrap::gzip)},
                                         Form{"zlib", Encoding::deflate, compress(text, Wrap::zlib)},
                                         Form{"raw", Encoding::deflate, compress(text, Wrap::raw)},
                                         Form{"stored", Encoding::deflate, compress(text, Wrap::raw, 0)}),
                         [](const auto& form) { return form.param.name; });

class Compressed : public testing::TestWithParam<Form> {};

TEST_P(Compressed, IsTruncatedAtAnyLength) {
    const auto& sent = GetParam().sent;
    for (std::size_t size = 1; size < sent.size(); ++size) {
        ASSERT_EQ(decode(GetParam().encoding, sent.substr(0, size)).error, BodyError::truncated) << size << " bytes";
    }
}

TEST_P(Compressed, IsMalformedWithAnythingBehindItsEnd) {
    for (std::size_t chunk : {std::size_t{1}, GetParam().sent.size(), std::size_t{4096}}) {
        EXPECT_EQ(decode(GetParam().encoding, GetParam().sent + "garbage", chunk).error, BodyError::malformed);
    }
}

TEST(Body, ThatIsABombStopsAtTheLimit) {
    const auto bomb = compress(std::string(64 << 20, '0'), Wrap::gzip, 9);
    std::string body;
    BodyDecoder decoder;
    decoder.begin(Encoding::gzip, 100'000, body);
    EXPECT_EQ(decoder.feed(bomb), BodyError::too_large);
    EXPECT_LE(body.size(), 100'000U);
    EXPECT_LE(body.capacity(), 400'000U);
}

TEST_P(Compressed, OfNoBytesAtAllIsEmpty) {
    const auto decoded = decode(GetParam().encoding, "");
    EXPECT_EQ(decoded.error, BodyError::none);
    EXPECT_EQ(decoded.body, "");
}

INSTANTIATE_TEST_SUITE_P(Body, Compressed,
                         testing::Values(Form{"gzip", Encoding::gzip, compress(text, Wrap::gzip)},
                                         Form{"zlib", Encoding::deflate, compress(text, Wrap::zlib)},
                                         Form{"raw", Encoding::deflate, compress(text, Wrap::raw)}),
                         [](const auto& form) { return form.param.name; });

TEST(Body, OfSeveralGzipMembersIsTheirContentsInARow) {
    const auto sent = compress("one ", Wrap::gzip) + compress("two ", Wrap::gzip) + compress("three", Wrap::gzip);
    for (std::size_t chunk = 1; chunk <= sent.size(); ++chunk) {
        const auto decoded = decode(Encoding::gzip, sent, chunk);
        ASSERT_EQ(decoded.error, BodyError::none) << "chunks of " << chunk;
        ASSERT_EQ(decoded.body, "one two three") << "chunks of " << chunk;
    }
}

TEST(Body, WhoseGzipChecksumIsWrongIsMalformed) {
    auto sent = compress(text, Wrap::gzip);
    sent[sent.size() - 5] = static_cast<char>(sent[sent.size() - 5] ^ 1);
    EXPECT_EQ(decode(Encoding::gzip, sent).error, BodyError::malformed);
}

TEST(Body, ThatOnlyClaimsToBeCompressedIsMalformed) {
    EXPECT_EQ(decode(Encoding::gzip, text).error, BodyError::malformed);
    EXPECT_EQ(decode(Encoding::deflate, text).error, BodyError::malformed);
}

TEST(Body, ThatNeedsADictionaryIsMalformed) {
    z_stream stream{};
    deflateInit(&stream, Z_DEFAULT_COMPRESSION);
    deflateSetDictionary(&stream, reinterpret_cast<const Bytef*>("track"), 5);
    std::string sent(64, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(sent.data());
    stream.avail_out = static_cast<uInt>(sent.size());
    deflate(&stream, Z_FINISH);
    sent.resize(stream.total_out);
    deflateEnd(&stream);
    EXPECT_EQ(decode(Encoding::deflate, sent).error, BodyError::malformed);
}

TEST(Body, DecoderIsAsNewForTheNextBodyAfterAnError) {
    std::string body;
    BodyDecoder decoder;
    decoder.begin(Encoding::gzip, 1'000, body);
    EXPECT_EQ(decoder.feed("no gzip"), BodyError::malformed);
    body.clear();
    decoder.begin(Encoding::gzip, 1'000, body);
    decoder.feed(compress(text, Wrap::gzip));
    EXPECT_EQ(decoder.finish(), BodyError::none);
    EXPECT_EQ(body, text);
}

}  // namespace
}  // namespace pintle::http
