#include "child.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <unistd.h>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {
namespace {

pid_t start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "/proc/self/exe");
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const auto child = fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {
        execv(pointers[0], pointers.data());
        _exit(127);
    }
    return child;
}

int hold(const JournalOptions& options, int opened, int finish) {
    const auto journal = open_journal(options);
    char byte = 'o';
    if (::write(opened, &byte, 1) != 1) return 1;
    return ::read(finish, &byte, 1) == 0 ? 0 : 1;
}

int append_until_killed(const JournalOptions& options, int pipe, std::uint32_t first) {
    const auto say = [pipe](Report::What what, std::uint32_t number) {
        const Report report{what, number};
        if (::write(pipe, &report, sizeof(report)) != sizeof(report)) _exit(1);
    };
    const auto journal = open_journal(options);
    const auto stream = journal->create_or_open_stream("customerio");
    journal->subscribe(stream, [&](std::span<StoredRecord> records) {
        for (const auto& record : records) {
            if (record.offset % 3 != 0) continue;
            say(Report::What::about_to_ack, static_cast<std::uint32_t>(std::stoul(record.bytes)));
            journal->ack(stream, record.offset);
        }
    });
    std::atomic<int> under_way{0};
    for (auto number = first;; ++number) {
        while (under_way > 100) std::this_thread::yield();
        ++under_way;
        WriteBatch one;
        one.records = {{stream, std::to_string(number)}};
        journal->append(std::move(one), [&, number](boost::system::error_code error) {
            if (!error) say(Report::What::acknowledged, number);
            --under_way;
        });
    }
}

}  // namespace

pid_t start_holder(const std::string& directory, int opened, int finish) {
    return start({"hold", directory, std::to_string(opened), std::to_string(finish)});
}

pid_t start_appender(const std::string& directory, int pipe, std::uint32_t first) {
    return start({"append", directory, std::to_string(pipe), std::to_string(first)});
}

std::optional<int> run_as_child(std::span<char*> arguments) {
    if (arguments.size() != 5) return std::nullopt;
    const std::string what = arguments[1];
    JournalOptions options;
    options.directory = arguments[2];
    const auto pipe = std::stoi(arguments[3]);
    const auto number = std::stoul(arguments[4]);
    if (what == "hold") return hold(options, pipe, static_cast<int>(number));
    if (what == "append") return append_until_killed(options, pipe, static_cast<std::uint32_t>(number));
    return std::nullopt;
}

}  // namespace pintle::journal
