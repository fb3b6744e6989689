#include "pintle/config/values.hpp"
#include "pintle/http/client/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace pintle::config {
namespace {

using namespace std::chrono_literals;

TEST(ShownValue, IsInTheLargestUnitThatHoldsItExactly) {
    EXPECT_EQ(Duration::show(0ms), "0");
    EXPECT_EQ(Duration::show(1500ms), "1500ms");
    EXPECT_EQ(Duration::show(90s), "90s");
    EXPECT_EQ(Duration::show(86'400'000ms), "24h");
    EXPECT_EQ(Duration::show(48h), "2d");
    EXPECT_EQ(Duration::show(49h), "49h");
    EXPECT_EQ(Size::show(32'000), "32KB");
    EXPECT_EQ(Size::show(32'768), "32KiB");
    EXPECT_EQ(Size::show(4'096'000), "4000KiB");
    EXPECT_EQ(Size::show(1'048'577), "1048577");
    EXPECT_EQ(Rate::show(0.1), "0.1");
    EXPECT_EQ(Rate::show(1'000'000), "1000000");
    EXPECT_EQ(BaseUrl::show(http::client::Endpoint{false, "::1", 81, "/x"}), "http://[::1]:81/x");
    EXPECT_EQ(BaseUrl::show(std::nullopt), "");
}

TEST(Duration, IsReadInDaysToo) {
    Milliseconds read{};
    EXPECT_EQ((Duration{0ms, 24h * 365}("7d", read)), std::nullopt);
    EXPECT_EQ(read, 168h);
    EXPECT_EQ((Duration{0ms, 24h * 365}("1d", read)), std::nullopt);
    EXPECT_EQ(read, 24h);
    EXPECT_NE((Duration{0ms, 24h * 365}("1D", read)), std::nullopt);
}

template <class Kind, class T>
void expect_read_as(const Kind& kind, const T& value) {
    T read{};
    EXPECT_EQ(kind(kind.show(value), read), std::nullopt);
    EXPECT_EQ(read, value);
}

TEST(ShownValue, ReadsAsTheSame) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 10'000; ++i) {
        const auto bits = random() >> (random() % 64);
        expect_read_as(Duration{0ms, 24h * 365}, Milliseconds(bits % (24ULL * 365 * 3'600'000)));
        expect_read_as(Size{0, 1ULL << 50U}, std::uint64_t{bits % (1ULL << 50U)});
        expect_read_as(Count{0, ~std::size_t{0}}, std::size_t{bits});
        expect_read_as(Rate{1e20}, static_cast<double>(bits) / 1e9 + 1e-9);
    }
}

}  // namespace
}  // namespace pintle::config
