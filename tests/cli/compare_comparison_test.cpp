#include "compare/comparison.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <system_error>

#include <nlohmann/json.hpp>

#include "compare_requests.hpp"

namespace pintle::cli::compare {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Lines = std::vector<std::string>;

// Requests as RudderStack's destination sends them, one for each event: `people` people with an identify, two events
// and a page each.
Lines theirs(int people) {
    Lines lines;
    for (int i = 0; i < people; ++i) {
        const auto person = "user-" + std::to_string(i);
        const auto time = std::to_string(1'600'000'000 + i);
        lines.push_back(identify(person, R"({"plan":"x","n":)" + std::to_string(i) + R"(,"_timestamp":)" + time + "}"));
        for (const char* const name : {"Order", "Refund"}) {
            lines.push_back(event(person, R"({"name":")" + std::string(name) +
                                              R"(","type":"event","data":{"price":1.5},"timestamp":)" + time + "}"));
        }
        lines.push_back(event(person, R"({"name":"Home","type":"page","timestamp":)" + time + "}"));
    }
    return lines;
}

// The items that pintle sends for the same events.
Lines items(int people) {
    Lines items;
    for (int i = 0; i < people; ++i) {
        const auto head = R"({"type":"person","identifiers":{"id":"user-)" + std::to_string(i) + R"("},"timestamp":)" +
                          std::to_string(1'600'000'000 + i);
        items.push_back(head + R"(,"action":"identify","attributes":{"n":)" + std::to_string(i) + R"(,"plan":"x"}})");
        for (const char* const name : {"Order", "Refund"}) {
            items.push_back(head + R"(,"action":"event","name":")" + name + R"(","attributes":{"price":1.50}})");
        }
        items.push_back(head + R"(,"action":"page","name":"Home"})");
    }
    return items;
}

Lines batches(const Lines& items, std::size_t size) {
    Lines lines;
    for (std::size_t first = 0; first < items.size(); first += size) {
        std::string list;
        for (std::size_t i = first; i < std::min(items.size(), first + size); ++i) {
            list += (list.empty() ? "" : ",") + items[i];
        }
        lines.push_back(batch(list));
    }
    return lines;
}

void replace(std::string& line, const std::string& old, const std::string& fresh) {
    const auto at = line.find(old);
    ASSERT_NE(at, std::string::npos) << old << " in " << line;
    line.replace(at, old.size(), fresh);
}

class CompareRecordings : public testing::Test {
protected:
    CompareRecordings() {
        std::string pattern = (std::filesystem::temp_directory_path() / "compare-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        options_.a = directory_ + "/a.jsonl";
        options_.b = directory_ + "/b.jsonl";
        options_.directory = directory_ + "/temporary";
        std::filesystem::create_directory(options_.directory);
    }
    ~CompareRecordings() override { std::filesystem::remove_all(directory_); }

    static void write(const std::string& path, const Lines& lines) {
        std::ofstream file(path);
        for (auto line : lines) {
            std::ranges::replace(line, '\n', ' ');  // of raw strings
            file << line << '\n';
        }
    }

    Report report(const Lines& a, const Lines& b) {
        write(options_.a, a);
        write(options_.b, b);
        return report_again();
    }

    // Of the same recordings.
    Report report_again() {
        return Comparison(options_, {[this](const std::string& file, std::uint64_t line, const std::string& error) {
                                         errors_.push_back(std::filesystem::path(file).filename().string() + ":" +
                                                           std::to_string(line) + ": " + error);
                                     },
                                     [this](std::uint64_t done, std::uint64_t total, std::uint64_t requests) {
                                         EXPECT_LE(done, total);
                                         requests_ = requests;
                                     }})
            .run();
    }
    json compared(const Lines& a, const Lines& b) { return json::parse(report(a, b).json()); }

    void accept_all() { options_.report.is_accepted.fill(true); }

    // The kinds of differences with their counts.
    static std::map<std::string, int> differences(const json& report) {
        std::map<std::string, int> kinds;
        for (const auto& kind : report.at("differences")) {
            kinds[kind.at("operation").get<std::string>() + ": " + kind.at("difference").get<std::string>()] =
                kind.at("count");
        }
        return kinds;
    }
    static std::map<std::string, int> corrections(const json& report) {
        std::map<std::string, int> kinds;
        for (const auto& kind : report.at("corrections")) kinds[kind.at("name")] = kind.at("count");
        return kinds;
    }

    std::string directory_;
    ComparisonOptions options_;
    Lines errors_;
    std::uint64_t requests_ = 0;
};

TEST_F(CompareRecordings, BothVersionsInAnyOrderAreTheSame) {
    constexpr unsigned seed = 20'261'126;
    auto b = batches(items(300), 70);
    std::ranges::shuffle(b, std::mt19937(seed));  // NOLINT(*-msc51-cpp): the same order in each run
    const auto report = compared(theirs(300), b);
    EXPECT_EQ(report["same"], true) << report;
    EXPECT_EQ(report["equal"], 1'200);
    EXPECT_EQ(report["a"]["requests"], 1'200);
    EXPECT_EQ(report["b"]["requests"], 18);
    EXPECT_EQ(report["b"]["operations"], 1'200);
    EXPECT_THAT(report["differences"], IsEmpty());
    EXPECT_EQ(requests_, 1'218U);
    EXPECT_THAT(errors_, IsEmpty());
}

// Each planted difference is found, and nothing else.
TEST_F(CompareRecordings, FindTheDifferencesAndNothingElse) {
    for (const std::size_t max_partition : {std::size_t{32} << 20U, std::size_t{2'000}}) {
        options_.max_partition = max_partition;
        auto b = items(100);
        replace(b[4 * 1], R"("plan":"x")", R"("plan":"y")");
        replace(b[4 * 2], R"("plan":"x")", R"("plans":"x")");
        replace(b[4 * 3 + 1], R"("price":1.50)", R"("price":"1.50")");
        replace(b[4 * 4 + 1], R"("price":1.50)", R"("price":{"value":1.50})");
        replace(b[4 * 5 + 2], "1600000005", "1600000006");
        replace(b[4 * 6 + 3], R"("name":"Home")", R"("name":"home")");
        replace(b[4 * 7 + 3], R"("id":"user-7")", R"("id":"someone-7")");
        replace(b[4 * 8 + 1], R"("action":"event")", R"("action":"screen")");
        b.push_back(R"({"type":"person","action":"delete","identifiers":{"id":"user-9"}})");
        b.erase(b.begin() + 4 * 10 + 2);
        const auto report = compared(theirs(100), batches(b, 50));
        EXPECT_EQ(report["same"], false);
        EXPECT_EQ(report["explained"], 0);
        EXPECT_EQ(report["equal"], 400 - 9);
        EXPECT_THAT(differences(report),
                    UnorderedElementsAre(
                        Pair("person identify: attributes.plan differs", 1),
                        Pair("person identify: attributes.plan is only in A", 1),
                        Pair("person identify: attributes.plans is only in B", 1),
                        Pair("person event: attributes.price differs", 2), Pair("person event: timestamp differs", 1),
                        Pair("person page: \"Home\" is only in A", 1), Pair("person page: \"home\" is only in B", 1),
                        Pair("person page: identifiers.id differs", 1), Pair("person event: \"Order\" is only in A", 1),
                        Pair("person screen: \"Order\" is only in B", 1), Pair("person delete: is only in B", 1),
                        Pair("person event: \"Refund\" is only in A", 1)))
            << "partitions of " << max_partition << " bytes";
        EXPECT_EQ(report["different"], 6);
        EXPECT_EQ(report["only_in_a"], 3);
        EXPECT_EQ(report["only_in_b"], 3);
    }
}

TEST_F(CompareRecordings, ExamplesSayWhereAndWhat) {
    auto b = items(2);
    replace(b[5], R"("price":1.50)", R"("price":2)");
    const auto report = compared(theirs(2), batches(b, 8));
    const auto& example = report["differences"][0]["examples"][0];
    EXPECT_EQ(example, json({{"a_line", 6},
                             {"a_item", 0},
                             {"a", 1.5},
                             {"b_line", 1},
                             {"b_item", 5},
                             {"b", 2},
                             {"person", "user-1"},
                             {"name", "Order"},
                             {"path", "attributes.price"}}));
    EXPECT_THAT(report_again().text(), HasSubstr(" A:6, B:1[5] user-1 Order: attributes.price: 1.5 -> 2\n"));
}

TEST_F(CompareRecordings, KeepAsManyExamplesAsAsked) {
    auto b = items(10);
    for (std::size_t i = 0; i < 10; ++i) replace(b[4 * i], R"("plan":"x")", R"("plan":"y")");
    options_.report.examples = 2;
    const auto report = compared(theirs(10), batches(b, 100));
    EXPECT_EQ(report["differences"][0]["count"], 10);
    const auto& examples = report["differences"][0]["examples"];
    ASSERT_EQ(examples.size(), 2U);
    EXPECT_EQ(examples[0]["a_line"], 1);
    EXPECT_EQ(examples[1]["a_line"], 5);
}

TEST_F(CompareRecordings, CorrectionsDifferUntilTheyAreAccepted) {
    const Lines a{identify("u", R"({"a":{"b":1},"_timestamp":1600000})"),
                  event("u", R"({"name":"n","type":"event","data":{"n":9007199254740992},"timestamp":1600000001})"),
                  event("u", R"({"name":"Viewed undefined Screen","type":"event"})"),
                  recorded("POST", "/api/v1/events", R"({"name":"e","anonymous_id":"x","timestamp":7})")};
    const Lines b{batch(
        R"({"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":{"a.b":1},"timestamp":1600000000},
            {"type":"person","action":"event","identifiers":{"id":"u"},"name":"n","attributes":{"n":9007199254740993},
             "timestamp":1600000001,"id":"I"},
            {"type":"person","action":"event","identifiers":{"id":"u"},"name":"Application Opened"},
            {"type":"person","action":"event","identifiers":{"id":"0"},"name":"e","timestamp":7})")};
    const auto report = compared(a, b);
    EXPECT_EQ(report["same"], false);
    EXPECT_EQ(report["explained"], 5);
    EXPECT_THAT(report["differences"], IsEmpty());
    EXPECT_THAT(corrections(report),
                UnorderedElementsAre(Pair("dotted_trait", 1), Pair("seconds_timestamp", 1), Pair("number_precision", 1),
                                     Pair("dedupe_id", 1), Pair("screen_name", 1), Pair("device_event", 1),
                                     Pair("zero_id", 1)));
    EXPECT_THAT(report_again().text(), HasSubstr("To accept that: --accept dedupe_id,device_event,"));

    options_.report.is_accepted.fill(true);
    EXPECT_EQ(compared(a, b)["same"], true);
    options_.report.is_accepted[static_cast<std::size_t>(Correction::zero_id)] = false;
    EXPECT_EQ(compared(a, b)["same"], false);
}

TEST_F(CompareRecordings, AnAcceptedCorrectionHidesNoOtherDifference) {
    accept_all();
    const auto report = compared({identify("u", R"({"a":{"b":1},"x":1})")}, {identify("u", R"({"a.b":1,"x":2})")});
    EXPECT_EQ(report["same"], false);
    EXPECT_EQ(report["different"], 1);
    EXPECT_THAT(differences(report), ElementsAre(Pair("person identify: attributes.x differs", 1)));
    EXPECT_THAT(corrections(report), ElementsAre(Pair("dotted_trait", 1)));
}

TEST_F(CompareRecordings, LinesThatAreNoRequestsAreNamed) {
    auto a = theirs(1);
    a.insert(a.begin() + 1, {"", "oops", R"({"type":"track"})"});
    accept_all();
    const auto report = this->report(a, batches(items(1), 9));
    EXPECT_FALSE(report.is_same());
    EXPECT_EQ(report.a.unreadable, 2U);
    EXPECT_THAT(errors_, ElementsAre("a.jsonl:3: is not a JSON object", HasSubstr("a.jsonl:4: is no request")));
    EXPECT_THAT(report.text(), HasSubstr("2 lines are not readable"));
    EXPECT_THAT(report.text(), HasSubstr("not every line could be read"));
}

TEST_F(CompareRecordings, EmptyFilesAreNothingToCompare) {
    const auto nothing = report({}, {});
    EXPECT_FALSE(nothing.is_same());
    EXPECT_THAT(nothing.text(), HasSubstr("There is nothing to compare."));
    const auto one = compared({}, batches(items(1), 9));
    EXPECT_EQ(one["only_in_b"], 4);
    EXPECT_EQ(one["same"], false);
}

TEST_F(CompareRecordings, AMissingFileAndALongLineAreErrors) {
    EXPECT_THROW(report_again(), std::system_error);
    options_.max_line = 1'000'000;
    const std::string line(2'000'000, ' ');
    try {
        report({line}, {});
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("a.jsonl:1: the line has over 1000000 bytes"));
    }
}

TEST_F(CompareRecordings, OfOnePersonAreTheSameThroughTheDisk) {
    Lines a;
    Lines b;
    for (int i = 0; i < 2'000; ++i) {  // about 1 MB, for one temporary file
        const auto number = std::to_string(i);
        a.push_back(event("u", R"({"name":"n","type":"event","timestamp":)" + number + R"(,"data":{"x":")" +
                                   std::string(200, 'x') + "\"}}"));
        b.insert(b.begin() + i / 2, a.back());
    }
    EXPECT_EQ(compared(a, b)["equal"], 2'000);
    options_.max_partition = 100'000;
    EXPECT_EQ(compared(a, b)["equal"], 2'000);
    b.pop_back();
    EXPECT_EQ(compared(a, b)["only_in_a"], 1);
}

TEST_F(CompareRecordings, AreTheSameHoweverLittleIsInMemoryAtOnce) {
    options_.max_partition = 1;
    EXPECT_TRUE(report(theirs(20), batches(items(20), 9)).is_same());
    EXPECT_EQ(compared(theirs(21), batches(items(20), 9))["only_in_a"], 4);
    EXPECT_TRUE(std::filesystem::is_empty(options_.directory));
}

TEST_F(CompareRecordings, TextIsSafeForATerminal) {
    const auto text = report({identify("u", R"({"x":"\u001b[2J"})")}, {identify("v%1B[2J", R"({"x":1})")}).text();
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(CompareRecordings, ListABoundedNumberOfKinds) {
    Lines b;
    for (int i = 0; i < 1'500; ++i) {
        b.push_back(event("u", R"({"type":"event","name":"n)" + std::to_string(i) + "\"}"));
    }
    const auto report = compared(theirs(1), b);
    EXPECT_EQ(report["differences"].size(), 1'000U);
    EXPECT_EQ(report["unlisted_differences"], 504);
    EXPECT_EQ(report["only_in_b"], 1'500);
}

}  // namespace
}  // namespace pintle::cli::compare
