#include "dead_letter_routes.hpp"

#include <exception>
#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "idle_control.hpp"
#include "pintle/admin/admin.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string letters_path = "/api/dead-letters";

// Notes what it is asked, and answers what the test wants.
class ScriptedDeadLetters final : public DeadLetterOperations {
public:
    ApiResult<Letters> list(const DeadLetterQuery& asking) override { return take("list", asking, letters); }
    ApiResult<Replayed> replay(const DeadLetterQuery& asking) override {
        replayed.by_reason = {{"too_old", 3}};
        replayed.dry_run = dry_run;
        return take("replay", asking, replayed);
    }
    ApiResult<Purged> purge(const DeadLetterQuery& asking) override {
        return take("purge", asking, Purged{3, {}, {{"too_old", 3}}, dry_run});
    }
    ApiResult<Imported> import(std::vector<journal::DeadLetter> added) override {
        imported = std::move(added);
        return take("import", {}, Imported{imported.size()});
    }

    std::vector<std::string> asked;
    DeadLetterQuery query;
    std::optional<ApiError> error;
    bool broken = false;
    bool dry_run = false;
    Letters letters;
    Replayed replayed;
    std::vector<journal::DeadLetter> imported;

private:
    template <class T>
    ApiResult<T> take(const char* what, const DeadLetterQuery& asking, T response) {
        if (broken) throw std::runtime_error("the disk fails");
        asked.emplace_back(what);
        query = asking;
        if (error) return *error;
        return response;
    }
};

class LetterRoutes : public testing::Test {
protected:
    http::Response call(verb method, const std::string& path, const std::string& query = "", std::string body = "",
                        const std::string& authorization = "Bearer secret") {
        headers.set(boost::beast::http::field::host, "localhost:9090");
        headers.set(boost::beast::http::field::authorization, authorization);
        http::Request request{method, "", path, path, query, headers, body, "127.0.0.1"};
        http::Terms terms;
        if (auto refused = admin.on_headers(request, terms)) return std::move(*refused);
        http::Response response;
        io.restart();
        auto work = boost::asio::make_work_guard(io);
        boost::asio::co_spawn(io, admin.on_request(request, response), [&](const std::exception_ptr& error) {
            work.reset();
            if (error) std::rethrow_exception(error);
        });
        io.run();
        return response;
    }

    boost::asio::io_context io;  // outlives the admin's own thread, which posts to it
    ScriptedDeadLetters dead_letters;
    boost::beast::http::fields headers;
    events::EventStream events;
    IdleControl control;
    Admin admin{control,
                dead_letters,
                events,
                {{{"", "secret", config::AdminRole::operate}, {"ada", "adas", config::AdminRole::read}}, true}};
};

TEST_F(LetterRoutes, EachMethodDoesItsOwn) {
    EXPECT_EQ(call(verb::get, letters_path).status, 200);
    EXPECT_EQ(call(verb::delete_, letters_path, "all=true").body, "{\"purged\":3}\n");
    EXPECT_EQ(call(verb::post, letters_path + "/replay", "all=true").status, 200);
    EXPECT_THAT(dead_letters.asked, ElementsAre("list", "purge", "replay"));
}

TEST_F(LetterRoutes, OtherMethodsAreToldWhichThereAre) {
    const auto post = call(verb::post, letters_path);
    EXPECT_EQ(post.status, 405);
    EXPECT_EQ(post.headers, "Allow: GET, HEAD, DELETE\r\n");
    const auto get = call(verb::get, letters_path + "/replay");
    EXPECT_EQ(get.status, 405);
    EXPECT_EQ(get.headers, "Allow: POST\r\n");
    EXPECT_EQ(call(verb::delete_, "/api/status").headers, "Allow: GET, HEAD\r\n");
    EXPECT_EQ(call(verb::delete_, letters_path + "/replay").status, 405);
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, WithoutTheTokenNothingIsDone) {
    for (const char* given : {"", "Bearer", "Bearer secreT", "Bearer secret2", "Basic secret"}) {
        EXPECT_EQ(call(verb::delete_, letters_path, "all=true", "", given).status, 401) << given;
    }
    EXPECT_EQ(call(verb::post, letters_path + "/replay", "all=true", "", "Bearer secreT").status, 401);
    const auto slowed = call(verb::post, letters_path + "/replay", "all=true", "", "Bearer secret");
    EXPECT_EQ(slowed.status, 429) << "after some wrong ones the right one has to wait too";
    EXPECT_EQ(slowed.headers, "Retry-After: 1\r\n");
    EXPECT_EQ(json::parse(slowed.body)["error"],
              "too many wrong tokens from this address; the next one is checked in 1 s");
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, ATokenThatMayOnlyReadChangesNothingAndSeesNothingWhole) {
    const auto as_ada = [&](verb method, const std::string& path) { return call(method, path, "", "", "Bearer adas"); };
    EXPECT_EQ(as_ada(verb::get, letters_path).status, 200);
    EXPECT_EQ(as_ada(verb::get, "/api/status").status, 200);
    dead_letters.asked.clear();
    for (const auto& [method, path] : std::vector<std::pair<verb, std::string>>{
             {verb::delete_, letters_path},
             {verb::post, letters_path + "/replay"},
             {verb::get, letters_path + "/export"},
             {verb::post, letters_path + "/import"},
             {verb::delete_, letters_path + "/customerio/1"},
             {verb::post, letters_path + "/customerio/1/replay"},
             {verb::post, "/api/destinations/customerio/pause"},
             {verb::post, "/api/destinations/customerio/resume"},
             {verb::post, "/api/reload"},
             {verb::put, "/api/log-level"},
         }) {
        const auto response = as_ada(method, path);
        EXPECT_EQ(response.status, 403) << path;
        EXPECT_EQ(json::parse(response.body)["error"], "the token of ada may only read; this takes the role operate");
    }
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, AnExportIsWholeWhateverIsRedacted) {
    journal::DeadLetter letter;
    letter.destination = "customerio";
    letter.event = R"({"type":"track","userId":"ada","event":"Paid"})";
    dead_letters.letters.letters = {letter};
    EXPECT_THAT(call(verb::get, letters_path).body, Not(HasSubstr("ada")));
    EXPECT_THAT(call(verb::get, letters_path + "/export").body, HasSubstr(R"("userId":"ada")"));
}

TEST_F(LetterRoutes, AnImportTakesWhatAnExportWrote) {
    journal::DeadLetter letter;
    letter.source = "web";
    letter.destination = "customerio";
    letter.event = R"({"type":"track","amount":1.50,"id":12345678901234567890})";
    letter.method = "POST";
    letter.path = "/api/v1/customers/ada/events";
    letter.body = R"({"name":"Paid"})";
    letter.reason = Reason::rejected_400;
    letter.message = "400: no \"such\" person";
    letter.status = 400;
    letter.response_body = R"({"meta":{"error":"no"}})";
    letter.attempts = 3;
    letter.received = WallTime(std::chrono::milliseconds(1'795'478'400'123));
    letter.dead_lettered_at = WallTime(std::chrono::milliseconds(1'795'478'400'456));
    journal::DeadLetter broken = letter;
    broken.event = "{oops";
    broken.method = broken.body = broken.path = broken.response_body = "";
    broken.status = 0;
    dead_letters.letters.letters = {letter, broken};
    const auto exported = call(verb::get, letters_path + "/export").body;
    EXPECT_EQ(call(verb::post, letters_path + "/import", "", exported).body, "{\"imported\":2}\n");
    ASSERT_THAT(dead_letters.imported, SizeIs(2));
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(to_json(dead_letters.imported[i]), to_json(i == 0 ? letter : broken));
    EXPECT_EQ(dead_letters.imported[0].event, letter.event);
    EXPECT_EQ(dead_letters.imported[1].event, broken.event);
    EXPECT_EQ(dead_letters.imported[0].reason, letter.reason);
}

TEST_F(LetterRoutes, AnImportOfAnythingElseIs400AndAddsNothing) {
    const auto error = [&](const std::string& body) {
        const auto response = call(verb::post, letters_path + "/import", "", body);
        EXPECT_EQ(response.status, 400) << body;
        return json::parse(response.body)["error"].get<std::string>();
    };
    for (const char* body : {"", "{", "[]", "{}", R"({"dead_letters":{}})", R"({"dead_letters":7})"})
        EXPECT_THAT(error(body), HasSubstr("the body must be")) << body;
    const auto one = [&](const std::string& letter) { return error(R"({"dead_letters":[)" + letter + "]}"); };
    EXPECT_EQ(one("7"), "dead_letters[0]: is not a dead letter as JSON");
    EXPECT_EQ(one("{}"), "dead_letters[0]: destination: is missing");
    EXPECT_EQ(one(R"({"destination":7})"), "dead_letters[0]: destination: is not a string");
    EXPECT_EQ(one(R"({"destination":"a","event":{}})"), "dead_letters[0]: reason: is missing");
    EXPECT_EQ(one(R"({"destination":"a","reason":"x","event":{}})"), "dead_letters[0]: reason: is not a reason code");
    EXPECT_EQ(one(R"({"destination":"a","reason":"rejected_400"})"), "dead_letters[0]: event: is missing");
    EXPECT_EQ(one(R"({"destination":"a","reason":"unknown","event":{},"attempts":-1})"),
              "dead_letters[0]: attempts: is not a whole number");
    EXPECT_EQ(one(R"({"destination":"a","reason":"unknown","event":{},"received_at":"soon"})"),
              "dead_letters[0]: received_at: is not an ISO 8601 time");
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, APageOfAnotherSiteChangesNothing) {
    for (const char* origin : {"http://elsewhere.example", "http://localhost", "null"}) {
        headers.set(boost::beast::http::field::origin, origin);
        EXPECT_EQ(call(verb::post, letters_path + "/replay", "all=true").status, 403) << origin;
        EXPECT_EQ(call(verb::delete_, letters_path, "all=true").status, 403) << origin;
    }
    EXPECT_THAT(dead_letters.asked, IsEmpty());
    headers.set(boost::beast::http::field::origin, "http://localhost:9090");
    EXPECT_EQ(call(verb::post, letters_path + "/replay", "all=true").status, 200) << "its own";
}

TEST_F(LetterRoutes, FiltersArePassedOn) {
    call(verb::get, letters_path,
         "destination=cio&reason=not+found&user=a%40x&message_id=m%2F1&since=1h&until=2026-01-01&letter=cio%2F1&letter="
         "cio/2&after=9"
         "&limit=5");
    EXPECT_EQ(dead_letters.query.destination, "cio");
    EXPECT_EQ(dead_letters.query.reason, "not found");
    EXPECT_EQ(dead_letters.query.user, "a@x");
    EXPECT_EQ(dead_letters.query.message_id, "m/1");
    EXPECT_EQ(dead_letters.query.since, "1h");
    EXPECT_EQ(dead_letters.query.until, "2026-01-01");
    EXPECT_THAT(dead_letters.query.letters, ElementsAre("cio/1", "cio/2"));
    EXPECT_EQ(dead_letters.query.after, "9");
    EXPECT_EQ(dead_letters.query.limit, 5);
    EXPECT_FALSE(dead_letters.query.all);
}

TEST_F(LetterRoutes, OneLetterIsAResource) {
    dead_letters.letters.letters.resize(1);
    dead_letters.letters.letters[0].id = 7;
    const auto letter = call(verb::get, letters_path + "/a%2Fb%20c/7");
    EXPECT_EQ(letter.status, 200);
    EXPECT_EQ(json::parse(letter.body)["id"], 7);
    EXPECT_THAT(dead_letters.query.letters, ElementsAre("a/b c/7"));
    dead_letters.replayed = {1, {}, {}};
    EXPECT_EQ(json::parse(call(verb::post, letters_path + "/cio/7/replay").body),
              json::parse(R"({"replayed":1,"kept":[]})"));
    EXPECT_EQ(call(verb::delete_, letters_path + "/replay/7").status, 200) << "of a destination of that name";
    EXPECT_THAT(dead_letters.query.letters, ElementsAre("replay/7"));
    EXPECT_THAT(dead_letters.asked, ElementsAre("list", "replay", "purge"));
}

TEST_F(LetterRoutes, ALetterThatThereIsNotIs404) {
    EXPECT_EQ(call(verb::get, letters_path + "/cio/7").status, 404);
    EXPECT_EQ(call(verb::post, letters_path + "/cio/7/replay").status, 404);
    dead_letters.error = ApiError{400, "names no dead letter"};
    EXPECT_EQ(call(verb::delete_, letters_path + "/cio/0").status, 404);
    dead_letters.asked.clear();
    for (const char* path : {"/cio/x", "/cio/-1", "/cio/a%2F1", "/cio/%zz", "//1", "/cio"})
        EXPECT_EQ(call(verb::get, letters_path + path).status, 404) << path;
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, OneLetterTakesNoFilters) {
    EXPECT_EQ(call(verb::delete_, letters_path + "/cio/7", "all=true").status, 400);
    EXPECT_EQ(call(verb::put, letters_path + "/cio/7").headers, "Allow: GET, HEAD, DELETE\r\n");
    EXPECT_EQ(call(verb::get, letters_path + "/cio/7/replay").headers, "Allow: POST\r\n");
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, AQueryThatIsNotUnderstoodDoesNothing) {
    for (const char* query :
         {"reasn=x", "all=yes", "all=false", "limit=0", "limit=1001", "limit=1x", "reason=", "user=%zz"}) {
        EXPECT_EQ(call(verb::delete_, letters_path, query).status, 400) << query;
    }
    EXPECT_EQ(call(verb::post, letters_path + "/replay", "all=true", R"({"reason":"x"})").status, 400)
        << "filters in the body";
    EXPECT_THAT(dead_letters.asked, IsEmpty());
}

TEST_F(LetterRoutes, APageIsJsonWithWhereItGoesOn) {
    dead_letters.letters.letters.resize(2);
    dead_letters.letters.letters[0].id = 4;
    dead_letters.letters.letters[1].id = 5;
    dead_letters.letters.next = "5-9/customerio";
    const auto page = json::parse(call(verb::get, letters_path).body);
    EXPECT_EQ(page["dead_letters"].size(), 2);
    EXPECT_EQ(page["dead_letters"][1]["id"], 5);
    EXPECT_EQ(page["next"], "5-9/customerio");
    dead_letters.letters = {};
    EXPECT_EQ(json::parse(call(verb::get, letters_path).body), json::parse(R"({"dead_letters":[]})"));
}

TEST_F(LetterRoutes, AReplaySaysWhatStayedAndWhy) {
    dead_letters.replayed = {7, {{"customerio/3", Reason::unknown_event_type}}, "9-9/customerio"};
    EXPECT_EQ(json::parse(call(verb::post, letters_path + "/replay", "all=true").body), json::parse(R"({"replayed":7,
        "kept":[{"letter":"customerio/3","reason":"unknown_event_type","message":"unknown event type"}],"next":"9-9/customerio"})"));
}

TEST_F(LetterRoutes, ADryRunSaysWhatWouldBe) {
    dead_letters.dry_run = true;
    dead_letters.replayed = {5, {{"customerio/3", Reason::unknown_event_type}}, "9-9/customerio"};
    EXPECT_EQ(json::parse(call(verb::post, letters_path + "/replay", "all=true&dry_run=true").body),
              json::parse(R"({"replayed":0,"would_replay":5,"by_reason":{"too_old":3},"kept":[{"letter":"customerio/3",
        "reason":"unknown_event_type","message":"unknown event type"}],"next":"9-9/customerio"})"));
    EXPECT_TRUE(dead_letters.query.dry_run);
    EXPECT_EQ(json::parse(call(verb::delete_, letters_path, "all=true&dry_run=true").body),
              json::parse(R"({"purged":0,"would_purge":3,"by_reason":{"too_old":3}})"));
    EXPECT_TRUE(dead_letters.query.dry_run);
    EXPECT_EQ(call(verb::delete_, letters_path, "all=true&dry_run=yes").status, 400);
    EXPECT_EQ(call(verb::get, letters_path, "dry_run=true").status, 400) << "a list changes nothing anyway";
}

TEST_F(LetterRoutes, TheStatusSaysWhatTheTokenMayDo) {
    const auto role = [&](const std::string& token) {
        return json::parse(call(verb::get, "/api/status", "", "", "Bearer " + token).body)["role"];
    };
    EXPECT_EQ(role("secret"), "operate");
    EXPECT_EQ(role("adas"), "read");
}

TEST_F(LetterRoutes, AFaultIsAnsweredWithItsStatusAndReason) {
    dead_letters.error = ApiError{503, "no room"};
    const auto response = call(verb::post, letters_path + "/replay", "all=true");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(json::parse(response.body)["error"], "no room");
    EXPECT_EQ(response.headers, "Retry-After: 1\r\n");
}

TEST_F(LetterRoutes, ADiskThatCannotBeReadIs503) {
    dead_letters.broken = true;
    const auto response = call(verb::get, letters_path);
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("the disk fails"));
}

}  // namespace
}  // namespace pintle::admin
