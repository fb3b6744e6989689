#include "pintle/logging/fatal.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include <unistd.h>

#include "pintle/base/time.hpp"

namespace pintle::logging {
namespace {

std::atomic<bool> as_json{false};
std::atomic_flag is_logged;

// A log line that allocates nothing. What does not fit is cut off.
class Line {
public:
    void add(std::string_view text) {
        const auto size = std::min(text.size(), bytes_.size() - size_);
        std::copy_n(text.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += size;
    }

    // Adds untrusted text.
    void add_plain(std::string_view text) {
        for (const char c : text) {
            const bool is_plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
            add(is_plain ? std::string_view(&c, 1) : "?");
        }
    }

    void write() const noexcept {
        for (std::size_t done = 0; done < size_;) {
            const auto count = ::write(STDERR_FILENO, bytes_.data() + done, size_ - done);
            if (count <= 0) return;
            done += static_cast<std::size_t>(count);
        }
    }

private:
    std::array<char, 1'024> bytes_{};
    std::size_t size_ = 0;
};

// Writes the line once. A second thread waits for the end of the process.
void log_end(std::string_view event, std::string_view reason) noexcept {
    if (is_logged.test_and_set()) {
        while (true) ::pause();
    }
    const bool json = as_json;
    Line line;
    if (json) line.add(R"({"time":")");
    line.add(Iso8601(wall_now()).text());
    line.add(json ? R"(","level":"critical","event":")" : " critical ");
    line.add(event);
    line.add(json ? R"(","message":")" : R"( message=")");
    line.add_plain(reason.substr(0, 700));
    line.add(json ? "\"}\n" : "\"\n");
    line.write();
}

[[noreturn]] void on_terminate() noexcept {
    if (const auto exception = std::current_exception()) {
        try {
            std::rethrow_exception(exception);
        } catch (const std::bad_alloc&) {
            end_out_of_memory();
        } catch (const std::exception& error) {
            log_end("terminated", error.what());
        } catch (...) {
            log_end("terminated", "an exception of an unknown kind");
        }
    } else {
        log_end("terminated", "no exception");
    }
    std::abort();
}

}  // namespace

void tell_of_fatal_ends(bool json) noexcept {
    as_json = json;
    std::set_new_handler([] { end_out_of_memory(); });
    std::set_terminate(on_terminate);
}

void end_out_of_memory() noexcept {
    log_end("out_of_memory", "the system gives no more memory: what was accepted is on disk");
    ::_exit(EXIT_FAILURE);
}

}  // namespace pintle::logging
