#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

nlohmann::json id_of(const std::string& members, const Options& options = {}) {
    const nlohmann::json body =
        map_event(R"({"type":"track","userId":"u","event":"E")" + members + "}", options).body();
    return body.contains("id") ? body.at("id") : nlohmann::json();
}

TEST(DedupeId, HoldsTheTimeInWholeSecondsAndTheHashOfTheMessageId) {
    EXPECT_EQ(id_of(R"(,"messageId":"d-520801967","timestamp":"2020-02-02T00:23:09.544Z")"),
              "01E01MF6E8BA92NWSH2EPZN2NR");
}

TEST(DedupeId, IsTimelessWithoutATimeOrBeforeTheEpoch) {
    EXPECT_EQ(id_of(R"(,"messageId":"d-539453684")").get<std::string>().substr(0, 10), "0000000000");
    EXPECT_EQ(id_of(R"(,"messageId":"d-539453684","timestamp":-1571051718)"), id_of(R"(,"messageId":"d-539453684")"));
}

TEST(DedupeId, IsThereOnlyWithAMessageId) {
    EXPECT_EQ(id_of(""), nlohmann::json());
    EXPECT_EQ(id_of(R"(,"messageId":"")"), nlohmann::json());
    EXPECT_EQ(id_of(R"(,"messageId":"m")", without_dedupe_id()), nlohmann::json());
}

TEST(DedupeId, OfTheSameMessageIsTheSameEveryTime) {
    EXPECT_EQ(id_of(R"(,"messageId":"m\u0041")"), id_of(R"(,"messageId":"mA")"));
    EXPECT_NE(id_of(R"(,"messageId":"m")"), id_of(R"(,"messageId":"n")"));
}

}  // namespace
}  // namespace pintle::customerio
