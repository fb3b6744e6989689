#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::daemon {

// Tells systemd how the daemon is, by the protocol of sd_notify(3): a datagram to $NOTIFY_SOCKET. Where there is no
// such socket it does nothing. Errors are of no consequence here: systemd notices by itself that nothing comes.
class SystemdNotifier {
public:
    using Environment = const char* (*)(const char* name);

    explicit SystemdNotifier(Environment environment);
    ~SystemdNotifier();
    SystemdNotifier(const SystemdNotifier&) = delete;
    SystemdNotifier& operator=(const SystemdNotifier&) = delete;

    // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; several are separated by line feeds.
    void notify(std::string_view state) const noexcept;

    // How often it wants to hear WATCHDOG=1: twice in the time after which it takes the daemon for hung.
    std::optional<std::chrono::microseconds> watchdog() const noexcept { return watchdog_; }

private:
    std::string address_;  // a path, or an abstract name behind a NUL
    int socket_ = -1;
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace pintle::daemon
