#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::daemon {

// Notifies systemd by the protocol of sd_notify(3): a datagram to $NOTIFY_SOCKET. Does nothing without that variable.
// Errors are ignored: systemd detects missing notifications itself.
class SystemdNotifier {
public:
    using Environment = const char* (*)(const char* name);

    explicit SystemdNotifier(Environment environment);
    ~SystemdNotifier();
    SystemdNotifier(const SystemdNotifier&) = delete;
    SystemdNotifier& operator=(const SystemdNotifier&) = delete;

    // "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; several states are separated by line feeds.
    void notify(std::string_view state) const noexcept;

    // The interval of WATCHDOG=1: half of the time after which systemd considers the daemon hung.
    std::optional<std::chrono::microseconds> watchdog() const noexcept { return watchdog_; }

private:
    std::string address_;  // a path, or a NUL and an abstract name
    int socket_ = -1;
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace pintle::daemon
