#include "credential_pause.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::delivery {
namespace {

class ACredentialPause : public testing::Test {
protected:
    void unauthorized(int requests) {
        for (int i = 0; i < requests; ++i) pause.unauthorized("401", true, start);
    }
    void begin() {
        unauthorized(3);
        ASSERT_TRUE(pause.decide(true, true, start));
    }

    CredentialPause pause{seconds{30}};
};

TEST_F(ACredentialPause, BeginsWhenSeveralRequestsAreUnauthorized) {
    EXPECT_FALSE(pause.decide(false, false, start)) << "none was unauthorized";
    unauthorized(2);
    EXPECT_TRUE(pause.suspects());
    EXPECT_FALSE(pause.decide(true, false, start));
    unauthorized(1);
    EXPECT_FALSE(pause.paused());
    EXPECT_TRUE(pause.decide(true, false, start));
    EXPECT_TRUE(pause.paused());
    EXPECT_FALSE(pause.suspects());
}

TEST_F(ACredentialPause, BeginsWhenTheOnlyRecordIsUnauthorized) {
    unauthorized(1);
    EXPECT_FALSE(pause.decide(false, true, start)) << "there is another";
    EXPECT_TRUE(pause.decide(false, false, start));
}

TEST_F(ACredentialPause, AwaitsOthersThatFailForOneIntervalOnly) {
    unauthorized(1);
    EXPECT_FALSE(pause.decide(false, true, start + milliseconds{29'999}));
    EXPECT_FALSE(pause.decide(true, true, start + seconds{30}));
    EXPECT_TRUE(pause.decide(false, true, start + seconds{30}));
}

TEST_F(ACredentialPause, CountsNoRecordTwice) {
    unauthorized(1);
    for (int i = 0; i < 10; ++i) pause.unauthorized("401", false, start);
    EXPECT_FALSE(pause.decide(true, true, start));
}

TEST_F(ACredentialPause, SuspectsNothingAfterASuccess) {
    unauthorized(2);
    pause.end();
    EXPECT_FALSE(pause.suspects());
    unauthorized(2);
    EXPECT_FALSE(pause.decide(true, true, start));
}

TEST_F(ACredentialPause, TellsWhy) {
    unauthorized(2);
    EXPECT_FALSE(pause.message());
    pause.unauthorized("402", true, start);
    pause.decide(true, true, start);
    EXPECT_EQ(pause.message(), "402");
    pause.unauthorized("403", true, start + seconds{5});
    EXPECT_EQ(pause.message(), "403");
    pause.end();
    EXPECT_FALSE(pause.paused());
}

TEST_F(ACredentialPause, ProbesAnIntervalAfterItBeganWhateverResponseComesLate) {
    begin();
    pause.unauthorized("401", true, start + seconds{5});
    EXPECT_EQ(pause.probe_at(true), start + seconds{30});
    pause.probed(start + seconds{31}, {});
    EXPECT_EQ(pause.probe_at(true), start + seconds{61});
}

TEST_F(ACredentialPause, ProbesAtOnceWithARecordThatWasNeverUnauthorizedUntilItIsSure) {
    unauthorized(1);
    pause.decide(false, false, start);
    EXPECT_EQ(pause.probe_at(false), start + seconds{30});
    EXPECT_LE(pause.probe_at(true), start);
    unauthorized(2);
    EXPECT_EQ(pause.probe_at(true), start + seconds{30});
}

TEST_F(ACredentialPause, ObeysRetryAfter) {
    begin();
    pause.probed(start, seconds{10});
    EXPECT_EQ(pause.probe_at(true), start + seconds{30});
    pause.probed(start, minutes{2});
    EXPECT_EQ(pause.probe_at(true), start + minutes{2});
    pause.probed(start, hours{9000});
    EXPECT_EQ(pause.probe_at(true), start + hours{1});
}

TEST_F(ACredentialPause, ProbesAtOnceIfItIsRestored) {
    pause.restore("401", start);
    EXPECT_EQ(pause.message(), "401");
    EXPECT_EQ(pause.probe_at(true), start);
    pause.unauthorized("403", true, start + seconds{1});
    pause.probed(start + seconds{1}, {});
    EXPECT_EQ(pause.probe_at(true), start + seconds{31});
}

TEST_F(ACredentialPause, ProbesAtOnceWhenItIsReconfigured) {
    begin();
    pause.reconfigure(seconds{10}, start + seconds{1});
    EXPECT_EQ(pause.message(), "401");
    EXPECT_EQ(pause.probe_at(true), start + seconds{1});
    pause.probed(start + seconds{1}, {});
    EXPECT_EQ(pause.probe_at(true), start + seconds{11});
}

}  // namespace
}  // namespace pintle::delivery
