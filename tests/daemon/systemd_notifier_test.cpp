#include "systemd_notifier.hpp"

#include <cstddef>
#include <cstring>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pintle::daemon {
namespace {

using std::chrono::microseconds;

std::map<std::string, std::string> variables;

const char* lookup(const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
}

// What systemd listens at: an abstract name, so that nothing is left in the file system.
class Listener {
public:
    Listener() : socket_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
        name_ += std::to_string(getpid());
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path + 1, name_.data() + 1, name_.size() - 1);
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    }
    ~Listener() { close(socket_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    const std::string& name() const { return name_; }

    std::string heard() const {
        std::string text(4096, '\0');
        const auto size = recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }

private:
    std::string name_ = "@pintle-test-";
    int socket_;
};

TEST(SystemdNotifier, HearsWhatIsSaid) {
    const Listener systemd;
    variables = {{"NOTIFY_SOCKET", systemd.name()}};
    const SystemdNotifier manager(lookup);
    manager.notify("READY=1\nSTATUS=listening");
    EXPECT_EQ(systemd.heard(), "READY=1\nSTATUS=listening");
    EXPECT_EQ(manager.watchdog(), std::nullopt);
}

TEST(SystemdNotifier, WantsToHearTwiceInItsTime) {
    const Listener systemd;
    variables = {{"NOTIFY_SOCKET", systemd.name()}, {"WATCHDOG_USEC", "30000000"}};
    EXPECT_EQ(SystemdNotifier(lookup).watchdog(), microseconds(15'000'000));
    variables["WATCHDOG_PID"] = std::to_string(getpid());
    EXPECT_EQ(SystemdNotifier(lookup).watchdog(), microseconds(15'000'000));
    variables["WATCHDOG_PID"] = std::to_string(getppid());  // meant for a wrapper
    EXPECT_EQ(SystemdNotifier(lookup).watchdog(), std::nullopt);
}

TEST(SystemdNotifier, IsNotMissed) {
    const std::string too_long(200, '/');
    for (const char* path : {"", "relative", "/nobody/listens", too_long.c_str()}) {
        variables = {{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "soon"}};
        const SystemdNotifier manager(lookup);
        manager.notify("READY=1");
        EXPECT_EQ(manager.watchdog(), std::nullopt);
    }
    variables.clear();
    SystemdNotifier(lookup).notify("READY=1");
}

}  // namespace
}  // namespace pintle::daemon
