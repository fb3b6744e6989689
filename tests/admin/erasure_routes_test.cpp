#include "erasure_routes.hpp"

#include <deque>

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "idle_control.hpp"

namespace pintle::admin {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

// Purges what it is told, and notes what it is asked.
class ScriptedLetters final : public DeadLetterOperations {
public:
    ApiResult<Letters> list(const DeadLetterQuery& query) override {
        asked.push_back("list " + query.destination + " " + query.user);
        Letters found;
        found.letters.resize(2);
        found.letters[0].id = 1;
        found.letters[1].id = query.user == "ada" ? 2 : 3;
        return found;
    }
    ApiResult<Replayed> replay(const DeadLetterQuery&) override { return ApiError{500, "is not asked"}; }
    ApiResult<Purged> purge(const DeadLetterQuery& query) override {
        asked.push_back("purge " + query.destination + " " + query.user + query.reason + query.after);
        if (error) return *error;
        return query.user == "ada" && query.after.empty() ? Purged{2, "more"} : Purged{1, ""};
    }
    ApiResult<Imported> import(std::vector<journal::DeadLetter>) override { return Imported{}; }

    std::vector<std::string> asked;
    std::optional<ApiError> error;
};

// The letters of its erased events are written when its status is asked for the third time. Each time another event has
// become a dead letter that is not written.
class ErasingControl final : public IdleControl {
public:
    Status status() override {
        Status status;
        auto& destination = status.destinations.emplace_back();
        destination.ledger.dead_lettered = 7 + statuses_asked;
        destination.ledger.retained = 5 + statuses_asked;
        destination.ledger.purged = 2;
        destination.dead_letters = statuses_asked < 2 ? 4 : 5;
        ++statuses_asked;
        return status;
    }

    std::uint64_t statuses_asked = 0;
};

class ErasureRoutes : public testing::Test {
protected:
    ~ErasureRoutes() override { pool.join(); }

    http::Response erase(const std::string& query) {
        std::string body;
        http::Request request{
            boost::beast::http::verb::post, "", "/api/erase", "/api/erase", query, headers, body, "127.0.0.1"};
        http::Response response;
        boost::asio::co_spawn(io, answer_erase(control, letters, pool, request, response),
                              [&](const std::exception_ptr& error, const LettersChanged& done) {
                                  if (error) std::rethrow_exception(error);
                                  changed = done;
                                  work.reset();
                              });
        io.run();
        return response;
    }

    boost::asio::io_context io;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
    boost::asio::thread_pool pool{1};
    boost::beast::http::fields headers;
    ErasingControl control;
    ScriptedLetters letters;
    LettersChanged changed;
};

TEST_F(ErasureRoutes, ErasesPendingEventsAndThenTheLettersOfEachDestination) {
    control.erased = std::vector<ErasedEvents>{{"customerio", 3, 1, 0, 0, 0}, {"old", 0, 0, 0, 4, 0}};
    const auto response = erase("user_id=ada&anonymous_id=a-1");
    EXPECT_EQ(json::parse(response.body), json::parse(R"({"dry_run":false,"destinations":[
        {"destination":"customerio","events":3,"dead_letters":4,"in_flight":1,"deletions":0,"orphaned":0},
        {"destination":"old","events":0,"dead_letters":4,"in_flight":0,"deletions":0,"orphaned":4}]})"));
    ASSERT_EQ(control.erasures.size(), 1);
    EXPECT_EQ(control.erasures[0].user_id, "ada");
    EXPECT_EQ(control.erasures[0].anonymous_id, "a-1");
    EXPECT_THAT(letters.asked, ElementsAre("purge customerio ada", "purge customerio adamore", "purge customerio a-1",
                                           "purge customerio erased", "purge old ada", "purge old adamore",
                                           "purge old a-1", "purge old erased"));
    EXPECT_EQ(control.statuses_asked, 3) << "it waits until the letters of erased events are written";
    EXPECT_EQ(changed.count, 11);
}

TEST_F(ErasureRoutes, ADryRunCountsALetterOnce) {
    control.erased = std::vector<ErasedEvents>{{"customerio", 3, 0, 0, 0, 0}};
    const auto response = erase("user_id=ada&anonymous_id=a-1&dry_run=true&destination=customerio");
    EXPECT_EQ(json::parse(response.body)["destinations"][0]["dead_letters"], 3);
    EXPECT_THAT(letters.asked, ElementsAre("list customerio ada", "list customerio a-1"));
    EXPECT_TRUE(control.erasures[0].dry_run);
    EXPECT_EQ(control.erasures[0].destination, "customerio");
    EXPECT_TRUE(changed.dry_run);
}

TEST_F(ErasureRoutes, WithoutAnIdNothingIsErased) {
    EXPECT_EQ(erase("destination=customerio").status, 400);
    EXPECT_THAT(control.erasures, IsEmpty());
}

TEST_F(ErasureRoutes, AnErrorIsAnswered) {
    control.erased = ApiError{404, "there is no destination of that name"};
    EXPECT_EQ(erase("user_id=ada").status, 404);
    EXPECT_THAT(letters.asked, IsEmpty());
}

TEST_F(ErasureRoutes, LettersThatCannotBePurgedAreAnError) {
    control.erased = std::vector<ErasedEvents>{{"customerio", 3, 0, 0, 0, 0}};
    letters.error = ApiError{503, "no room"};
    EXPECT_EQ(erase("user_id=ada").status, 503);
    EXPECT_EQ(changed.count, std::nullopt);
}

}  // namespace
}  // namespace pintle::admin
