#include "compare/comparison.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "compare/operation.hpp"
#include "compare/pairing.hpp"
#include "import/input_file.hpp"

namespace pintle::cli::compare {
namespace {

using importer::InputFile;

// Bytes of a pipe are not known before.
std::uint64_t size_of(const std::string& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    return error ? 0 : size;
}

// Each level separates what the levels before it left together.
constexpr std::uint64_t levels = 6;
std::uint64_t hash_at(std::uint64_t level, const Operation& operation) {
    switch (level) {
        case 0:
        case 1: return hash_of(level, {operation.person});
        case 2: return hash_of(level, {operation.person, operation.action, operation.name});
        case 3: return hash_of(level, {operation.person, operation.action, operation.name, operation.time});
        default: return hash_of(level, {operation.text});
    }
}

constexpr std::uint64_t levels_across = 3;

}  // namespace

Comparison::Comparison(ComparisonOptions options, ComparisonListener listener)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      report_(options_.report),
      people_(options_.directory),
      unpaired_(options_.directory) {
    if (!std::filesystem::is_directory(options_.directory)) {
        throw std::runtime_error(options_.directory + " is not a directory");
    }
    report_.a.file = options_.a;
    report_.b.file = options_.b;
}

Report Comparison::run() {
    // Reading takes about as long as pairing.
    total_ = 2 * (size_of(options_.a) + size_of(options_.b));
    read(Side::a, options_.a, report_.a);
    read(Side::b, options_.b, report_.b);
    const auto step = (total_ - std::min(done_, total_)) / (2 * Partitions::count);
    const auto count_step = [&] { listener_.progress(done_ += step, total_, requests_); };
    for (auto& file : people_.files()) {
        pair(file, 0);
        file = {};
        count_step();
    }
    for (auto& file : unpaired_.files()) {
        pair_across(file, 0);
        file = {};
        count_step();
    }
    return std::move(report_);
}

void Comparison::read(Side side, const std::string& path, RecordingCounts& counts) {
    InputFile file(path, InputFile::Use::shared, options_.max_line);
    RequestReader reader;
    importer::Line line;
    const auto before = done_;
    while (file.next(line)) {
        if (line.text.find_first_not_of(" \t") == std::string::npos) continue;
        auto request = reader.read(line.text);
        if (!request.error.empty()) {
            ++counts.unreadable;
            listener_.unreadable(path, line.number, request.error);
            continue;
        }
        ++requests_;
        ++counts.requests;
        counts.left_out += request.is_compared ? 0 : 1;
        counts.operations += request.operations.size();
        for (auto& operation : request.operations) {
            const auto hash = hash_at(0, operation);
            people_.add(hash, side, {std::move(operation), line.number, 1});
        }
        done_ = before + line.end;
        listener_.progress(done_, std::max(total_, done_), requests_);
    }
}

void Comparison::keep_unpaired(Side side, const Entry& entry) {
    const auto key = entry.count > 1 ? std::string() : key_across_people(entry);
    if (key.empty()) return report_.add_only(side, entry);
    unpaired_.add(hash_of(0, {key}), side, entry);
}

void Comparison::pair(PartitionFile& file, std::uint64_t level) {
    if (file.bytes() == 0) return;
    if (file.bytes() > options_.max_partition && level + 1 < levels) {
        Partitions parts(options_.directory);
        file.read([&](Side side, const Entry& entry) { parts.add(hash_at(level + 1, entry.operation), side, entry); });
        file = {};  // frees its room on the disk
        for (auto& part : parts.files()) {
            pair(part, level + 1);
            part = {};
        }
        return;
    }
    Pairer pairer;
    file.read([&](Side side, Entry entry) { pairer.add(side, std::move(entry)); });
    const auto pairing = pairer.finish();
    report_.add(pairing);
    for (const auto& entry : pairing.only_in_a) keep_unpaired(Side::a, entry);
    for (const auto& entry : pairing.only_in_b) keep_unpaired(Side::b, entry);
}

void Comparison::pair_across(PartitionFile& file, std::uint64_t level) {
    if (file.bytes() == 0) return;
    if (file.bytes() > options_.max_partition) {
        if (level + 1 == levels_across) {
            file.read([&](Side side, const Entry& entry) { report_.add_only(side, entry); });
            return;
        }
        Partitions parts(options_.directory);
        file.read([&](Side side, const Entry& entry) {
            parts.add(hash_of(level + 1, {key_across_people(entry)}), side, entry);
        });
        file = {};
        for (auto& part : parts.files()) {
            pair_across(part, level + 1);
            part = {};
        }
        return;
    }
    std::vector<Entry> a;
    std::vector<Entry> b;
    file.read([&](Side side, Entry entry) { (side == Side::a ? a : b).push_back(std::move(entry)); });
    const auto pairing = pair_across_people(std::move(a), std::move(b));
    report_.add(pairing);
    for (const auto& entry : pairing.only_in_a) report_.add_only(Side::a, entry);
    for (const auto& entry : pairing.only_in_b) report_.add_only(Side::b, entry);
}

}  // namespace pintle::cli::compare
