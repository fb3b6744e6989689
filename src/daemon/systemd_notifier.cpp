#include "systemd_notifier.hpp"

#include <charconv>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pintle::daemon {
namespace {

std::optional<std::int64_t> number(const char* text) {
    if (text == nullptr) return std::nullopt;
    const char* const end = text + std::strlen(text);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text, end, value);
    if (error != std::errc{} || stop != end || value <= 0) return std::nullopt;
    return value;
}

}  // namespace

SystemdNotifier::SystemdNotifier(Environment environment) {
    const char* const path = environment("NOTIFY_SOCKET");
    if (path == nullptr || (*path != '/' && *path != '@')) return;
    address_ = path;
    if (address_.size() >= sizeof(sockaddr_un::sun_path)) return;
    if (address_.front() == '@') address_.front() = '\0';
    socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto process = number(environment("WATCHDOG_PID"));
    const auto time = number(environment("WATCHDOG_USEC"));
    if (time && process.value_or(getpid()) == getpid()) watchdog_ = std::chrono::microseconds(*time / 2);
}

SystemdNotifier::~SystemdNotifier() {
    if (socket_ >= 0) close(socket_);
}

void SystemdNotifier::notify(std::string_view state) const noexcept {
    if (socket_ < 0) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, address_.data(), address_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace pintle::daemon
