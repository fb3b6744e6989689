#include "recording.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

namespace pintle::sandbox {
namespace {

using nlohmann::json;

class RecordingFile : public testing::Test {
protected:
    RecordingFile() { std::filesystem::remove(path_); }
    ~RecordingFile() override { std::filesystem::remove(path_); }

    static Call call(std::string body) {
        Call call;
        call.seq = 7;
        call.method = "POST";
        call.host = "track.customer.io";
        call.path = "/api/v2/batch";
        call.status = 207;
        call.taken = true;
        call.body = std::move(body);
        return call;
    }

    std::vector<json> lines() const {
        std::ifstream file(path_);
        std::vector<json> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
        return lines;
    }

    const std::string path_ = testing::TempDir() + "pintle-recording-" + std::to_string(::getpid());
};

TEST_F(RecordingFile, HoldsACallAndItsAnswerAsSoonAsItWasAdded) {
    Recording recording(path_);
    recording.add(call(R"({"batch":[]})"), R"({"errors":[{"batch_index":0}]})");
    ASSERT_EQ(lines().size(), 1U);
    const json line = lines().front();
    EXPECT_EQ(line["seq"], 7);
    EXPECT_EQ(line["host"], "track.customer.io");
    EXPECT_EQ(line["path"], "/api/v2/batch");
    EXPECT_EQ(line["taken"], true);
    EXPECT_EQ(line["body"], json::parse(R"({"batch":[]})"));
    EXPECT_EQ(line["answer"]["errors"][0]["batch_index"], 0);
}

TEST_F(RecordingFile, ACallThatGotNoAnswerHasNone) {
    Recording recording(path_);
    recording.add(call("{}"), "");
    EXPECT_TRUE(lines().at(0)["answer"].is_null());
}

TEST_F(RecordingFile, ABodyOfSeveralLinesStaysOnOne) {
    Recording recording(path_);
    recording.add(call("{\n  \"text\": \"a\\nb\"\r\n}"), "{}");
    ASSERT_EQ(lines().size(), 1U);
    EXPECT_EQ(lines().front()["body"]["text"], "a\nb");
}

TEST_F(RecordingFile, GoesOnBehindWhatIsThere) {
    Recording(path_).add(call("{}"), "{}");
    Recording(path_).add(call("{}"), "{}");
    EXPECT_EQ(lines().size(), 2U);
}

TEST_F(RecordingFile, AFileThatCannotBeOpenedIsAnError) {
    EXPECT_THROW(Recording("/nowhere/at/all"), std::runtime_error);
}

TEST_F(RecordingFile, AFileThatCannotBeWrittenIsAnError) {
    Recording recording(path_);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    EXPECT_THROW(recording.add(call("{}"), "{}"), std::runtime_error);
    setrlimit(RLIMIT_FSIZE, &before);
}

TEST_F(RecordingFile, IsNotWhatALinkLeadsTo) {
    const std::string victim = path_ + ".victim";
    {
        std::ofstream(victim) << "mine\n";
    }
    std::filesystem::create_symlink(victim, path_);
    EXPECT_THROW(Recording{path_}, std::runtime_error);
    std::filesystem::remove(path_);
    Recording{path_}.add(call("{}"), "");
    EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
    EXPECT_EQ(std::filesystem::file_size(victim), 5U);
    std::filesystem::remove(victim);
}

}  // namespace
}  // namespace pintle::sandbox
