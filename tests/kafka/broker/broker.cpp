#include "broker/broker.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>

namespace pintle::kafka {
namespace {

constexpr int exit_skipped = 77;

std::string script() {
    const char* const set = std::getenv("PINTLE_KAFKA_CLUSTER");  // NOLINT(concurrency-mt-unsafe)
    return set == nullptr ? "tests/kafka/cluster" : set;
}

bool succeeds(const std::string& command) {
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe, cert-env33-c)
}

bool is_installed(const char* program) {
    return succeeds(std::string("command -v ") + program + " >/dev/null");
}

}  // namespace

Broker::Broker() : folder_(std::filesystem::temp_directory_path() / ("pintle-kafka-" + std::to_string(getpid()))) {}

Broker::~Broker() {
    static_cast<void>(run("stop"));
}

bool Broker::start() {
    if (!run("start 1")) return false;
    const auto command = script() + " bootstrap --dir " + folder_.string();
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return false;
    std::array<char, 100> line{};
    const bool has_line = fgets(line.data(), line.size(), pipe) != nullptr;
    pclose(pipe);
    bootstrap_ = line.data();
    bootstrap_.erase(std::min(bootstrap_.find('\n'), bootstrap_.size()));
    return has_line;
}

bool Broker::run(const std::string& command) const {
    return succeeds(script() + " " + command + " --dir " + folder_.string() + " >&2");
}

Broker& test_broker() {
    static Broker one;
    return one;
}

}  // namespace pintle::kafka

int main(int argc, char** argv) {
    using namespace pintle::kafka;  // NOLINT(google-build-using-namespace)
    testing::InitGoogleMock(&argc, argv);
    if (!is_installed("java") || !is_installed("mvn")) {
        std::fputs(
            "skipped: the tests with a Kafka broker need java and mvn "
            "(openjdk-17-jre-headless and maven)\n",
            stderr);
        return exit_skipped;
    }
    if (!succeeds(script() + " install >&2")) {
        std::fputs("skipped: Maven cannot download the Kafka broker\n", stderr);
        return exit_skipped;
    }
    if (!test_broker().start()) {
        std::fputs("the Kafka broker does not start\n", stderr);
        return 1;
    }
    return RUN_ALL_TESTS();
}
