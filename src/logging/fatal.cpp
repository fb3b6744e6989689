#include "pintle/logging/fatal.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include <unistd.h>

namespace pintle::logging {
namespace {

std::atomic<bool> as_json{false};
std::atomic_flag is_told;

// A log line in memory of its own; what does not fit is left out.
class Line {
public:
    void add(std::string_view text) {
        const auto size = std::min(text.size(), bytes_.size() - size_);
        std::copy_n(text.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += size;
    }

    // Of digits that are always as many.
    void add(std::uint64_t number, std::size_t width) {
        std::array<char, 20> digits{};
        for (auto digit = digits.begin() + static_cast<std::ptrdiff_t>(width); digit != digits.begin(); number /= 10)
            *--digit = static_cast<char>('0' + number % 10);
        add({digits.data(), width});
    }

    // A text from elsewhere.
    void add_plain(std::string_view text) {
        for (const char c : text) {
            const bool is_plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
            add(is_plain ? std::string_view(&c, 1) : "?");
        }
    }

    void add_time() {
        using namespace std::chrono;
        const auto now = floor<milliseconds>(system_clock::now());
        const auto day = floor<days>(now);
        const year_month_day date(day);
        const hh_mm_ss time(now - day);
        add(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
        add("-");
        add(static_cast<unsigned>(date.month()), 2);
        add("-");
        add(static_cast<unsigned>(date.day()), 2);
        add("T");
        add(static_cast<std::uint64_t>(time.hours().count()), 2);
        add(":");
        add(static_cast<std::uint64_t>(time.minutes().count()), 2);
        add(":");
        add(static_cast<std::uint64_t>(time.seconds().count()), 2);
        add(".");
        add(static_cast<std::uint64_t>(time.subseconds().count()), 3);
        add("Z");
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

// Once; who comes second waits for the end.
void tell(std::string_view event, std::string_view reason) noexcept {
    if (is_told.test_and_set()) {
        while (true) ::pause();
    }
    const bool json = as_json;
    Line line;
    if (json) line.add(R"({"time":")");
    line.add_time();
    line.add(json ? R"(","level":"critical","message":")" : " critical ");
    line.add(event);
    line.add(json ? R"( reason=\")" : R"( reason=")");
    line.add_plain(reason.substr(0, 700));
    line.add(json ? "\\\"\"}\n" : "\"\n");
    line.write();
}

[[noreturn]] void on_terminate() noexcept {
    if (const auto exception = std::current_exception()) {
        try {
            std::rethrow_exception(exception);
        } catch (const std::bad_alloc&) {
            end_out_of_memory();
        } catch (const std::exception& error) {
            tell("terminated", error.what());
        } catch (...) {
            tell("terminated", "an exception of an unknown kind");
        }
    } else {
        tell("terminated", "no exception");
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
    tell("out_of_memory", "the system gives no more memory: what was accepted is on disk");
    ::_exit(EXIT_FAILURE);
}

}  // namespace pintle::logging
