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
    if (!run("start 1 --secure")) return false;
    bootstrap_ = output("bootstrap");
    secure_bootstrap_ = output("bootstrap --secure");
    mutual_bootstrap_ = output("bootstrap --mutual");
    return !bootstrap_.empty() && !secure_bootstrap_.empty() && !mutual_bootstrap_.empty();
}

std::string Broker::output(const std::string& command) const {
    FILE* const pipe = popen((script() + " " + command + " --dir " + folder_.string()).c_str(), "r");
    if (pipe == nullptr) return {};
    std::array<char, 100> buffer{};
    const bool has_line = fgets(buffer.data(), buffer.size(), pipe) != nullptr;
    if (pclose(pipe) != 0 || !has_line) return {};
    const std::string line(buffer.data());
    return line.substr(0, line.find('\n'));
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
