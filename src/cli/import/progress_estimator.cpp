#include "import/progress_estimator.hpp"

#include <algorithm>
#include <utility>

#include "pintle/base/terminal_text.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

constexpr auto remembered = 10s;
constexpr std::size_t min_bar = 10;
constexpr std::size_t max_bar = 40;

std::string bar(double share, std::size_t width) {
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string out = "[";
    out.append(filled, '#').append(width - filled, '-').append("]  ");
    return out;
}

}  // namespace

ProgressEstimator::ProgressEstimator(std::optional<std::uint64_t> size, std::uint64_t offset, std::uint64_t events,
                                     Time now, std::string unit)
    : size_(size), unit_(std::move(unit)) {
    marks_.push_back({now, offset, events});
}

void ProgressEstimator::at(std::uint64_t offset, std::uint64_t events, Time now) {
    marks_.push_back({now, offset, events});
    while (marks_.size() > 2 && marks_[1].time + remembered <= now) marks_.pop_front();
}

std::optional<double> ProgressEstimator::share() const {
    if (!size_) return std::nullopt;
    if (*size_ == 0) return 1.0;
    return std::min(1.0, static_cast<double>(marks_.back().offset) / static_cast<double>(*size_));
}

std::string ProgressEstimator::text(std::size_t columns, Time now) const {
    const auto& first = marks_.front();
    const auto& last = marks_.back();
    const double seconds = std::chrono::duration<double>(now - first.time).count();
    const auto per_second = [&](std::uint64_t from, std::uint64_t to) {
        return seconds > 0 ? static_cast<double>(to - from) / seconds : 0;
    };
    std::string out = cli::terminal::grouped(last.events) + " " + unit_ + "  " +
                      cli::terminal::short_rate(per_second(first.events, last.events)) + "/s";
    const auto done = share();
    if (!done) return out;
    const double bytes_per_second = per_second(first.offset, last.offset);
    if (bytes_per_second > 0 && *done < 1) {
        const auto left = static_cast<double>(*size_ - last.offset) / bytes_per_second;
        out += "  " + cli::terminal::short_duration(std::max(left, 1.0)) + " left";
    }
    out = std::to_string(static_cast<int>(*done * 100)) + " %  " + out;
    const auto used = text::width_of(out) + 4;
    if (columns >= used + min_bar) out = bar(*done, std::min(columns - used, max_bar)) + out;
    return out;
}

}  // namespace pintle::cli::importer
