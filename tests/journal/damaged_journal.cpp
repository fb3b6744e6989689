#include "damaged_journal.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <rocksdb/env.h>

#include "fixture.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/repair.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t names = 2;

std::string name_of(std::size_t i) {
    return i == 0 ? "customerio" : "other";
}

class Maker {
public:
    Maker(const std::string& directory, std::uint32_t seed) : random_(seed) {
        options_.directory = directory;
        options_.max_size = 1ULL << 30U;
    }

    Acknowledged run() {
        for (int life = 0; life < 4; ++life) {
            const auto journal = open_journal(options_, rocksdb::Env::Default(), hurried_tuning());
            for (std::size_t i = 0; i < names; ++i) streams_[i] = journal->create_or_open_stream(name_of(i));
            for (int step = 0; step < 24; ++step) take_step(*journal);
            journal->set_metadata("number", std::to_string(life));
        }
        return std::move(acknowledged_);
    }

private:
    std::string text(std::size_t size) {
        std::string text = std::to_string(next_++) + " ";
        while (text.size() < size) text += static_cast<char>('!' + random_() % 90);
        return text;
    }

    void take_step(Journal& journal) {
        const auto i = random_() % 4 == 0 ? 1U : 0U;
        const auto stream = streams_[i];
        auto& known = acknowledged_[name_of(i)];
        WriteBatch append;
        const auto records = 1 + random_() % 12;
        for (std::size_t n = 0; n < records; ++n) append.records.push_back({stream, text(200 + random_() % 3000)});
        if (random_() % 4 == 0) {
            append.dead_letters.emplace_back(stream).letter.event = text(300);
        }
        for (std::uint8_t n = 0; n < 4; ++n) {
            MessageHash message{};
            for (auto& byte : message) byte = static_cast<std::uint8_t>(random_());
            append.message_ids.emplace_back(message, wall_now());
        }
        const auto sent = append;
        if (journal::append(journal, std::move(append))) throw std::runtime_error("an append was refused");
        for (const auto& record : sent.records) known.pending[++known.last] = record.bytes;
        for (const auto& letter : sent.dead_letters) known.letters.insert(letter.letter.event);
        finish_some(journal, stream, known);
    }

    void finish_some(Journal& journal, Stream stream, AcknowledgedLog& known) {
        const auto count = random_() % 12;
        for (std::size_t n = 0; n < count && !known.pending.empty(); ++n) {
            // Mostly the oldest, so that ranges are deleted.
            auto at = known.pending.begin();
            std::advance(at, random_() % 3 == 0 ? random_() % known.pending.size() : 0);
            if (random_() % 6 == 0) {
                DeadLetter letter;
                letter.event = at->second;
                journal.dead_letter(stream, at->first, letter);
                known.letters.insert(at->second);
            } else {
                journal.ack(stream, at->first);
            }
            known.acked.insert(at->first);
            known.pending.erase(at);
        }
        // Once this is written so is what was acked.
        if (!eventually([&] { return journal.unwritten_acks(stream) == 0; }))
            throw std::runtime_error("nothing is written");
    }

    std::mt19937 random_;
    JournalOptions options_;
    std::array<Stream, names> streams_{};
    std::uint64_t next_ = 1;
    Acknowledged acknowledged_;
};

std::unique_ptr<Journal> open(const std::string& directory) {
    JournalOptions options;
    options.directory = directory;
    options.max_size = 1ULL << 30U;
    return open_journal(options, rocksdb::Env::Default(), hurried_tuning());
}

std::set<std::string> read_letters(const Journal& journal, Stream stream) {
    std::set<std::string> events;
    for (int i = 0; i < 4; ++i) {  // what is damaged is given up after some tries
        events.clear();
        for (auto& letter : journal.dead_letters(stream, 0, SIZE_MAX)) events.insert(std::move(letter.event));
    }
    return events;
}

// The account of one stream and the journal that it is held against.
class Comparison {
public:
    Comparison(Journal& journal, const std::string& name, const AcknowledgedLog& known, bool exact, Outcome& outcome)
        : journal_(journal),
          name_(name),
          known_(known),
          exact_(exact),
          outcome_(outcome),
          stream_(journal.create_or_open_stream(name)) {}

    void run() {
        compare_records();
        compare_letters();
        compare_ledger();
        compare_offsets();
    }

private:
    void fail(const std::string& what) {
        if (outcome_.wrong.empty()) outcome_.wrong = name_ + ": " + what;
    }

    void compare_records() {
        for (const auto& [offset, bytes] : read_all(journal_, stream_)) {
            const auto known = known_.pending.find(offset);
            found_.insert(offset);
            texts_.insert(bytes);
            if (known != known_.pending.end()) {
                if (known->second != bytes) fail("record " + std::to_string(offset) + " is another");
            } else if (known_.acked.contains(offset)) {
                ++outcome_.repeated;
            } else {
                fail("record " + std::to_string(offset) + " was never acknowledged");
            }
        }
        for (const auto& [offset, bytes] : known_.pending) missing_ += found_.contains(offset) ? 0U : 1U;
    }

    void compare_letters() {
        const auto letters = read_letters(journal_, stream_);
        for (const auto& event : letters) {
            if (!known_.letters.contains(event)) fail("a dead letter was never acknowledged");
        }
        for (const auto& event : known_.letters)
            missing_ += letters.contains(event) || texts_.contains(event) ? 0U : 1U;
    }

    void compare_ledger() {
        const auto agrees = [&] { return journal_.ledger(stream_).lost == missing_; };
        if (exact_ && !agrees()) eventually_soon(agrees);
        const auto ledger = journal_.ledger(stream_);
        if (exact_ && ledger.lost != missing_) {
            fail("lost " + std::to_string(ledger.lost) + ", missing " + std::to_string(missing_));
        }
        if (ledger.total() != ledger.resolved() + ledger.backlog) fail("the ledger does not balance");
        if (ledger.dead_lettered != ledger.retained + ledger.replayed_out + ledger.purged + ledger.evicted)
            fail("the letters do not balance");
        if (ledger.backlog != found_.size()) fail("the backlog is not what can be read");
        outcome_.missing += missing_;
    }

    template <class Condition>
    void eventually_soon(Condition condition) {
        for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }

    void compare_offsets() {
        const auto last = journal_.last(stream_);
        if (exact_ && last < known_.last) fail("offset " + std::to_string(last + 1) + " is given twice");
        if (append(journal_, stream_, {"one more"})) return fail("an append is refused");
        const auto more = journal_.read(stream_, last, 10, SIZE_MAX);
        if (more.size() != 1 || more[0].offset != last + 1) fail("an append is not read back");
    }

    Journal& journal_;
    const std::string& name_;
    const AcknowledgedLog& known_;
    const bool exact_;  // what is lost is counted exactly
    Outcome& outcome_;
    Stream stream_;
    std::set<Offset> found_;
    std::set<std::string> texts_;
    std::uint64_t missing_ = 0;
};

void compare(const std::string& directory, const Acknowledged& acknowledged, bool exact, Outcome& outcome) {
    const auto journal = open(directory);
    journal->message_ids_since(WallTime{}, [](std::string_view, const MessageHash&, WallTime) {});
    for (const auto& [name, known] : acknowledged) Comparison(*journal, name, known, exact, outcome).run();
}

}  // namespace

std::vector<StoredRecord> read_all(const Journal& journal, Stream stream) {
    std::vector<StoredRecord> all;
    int failures = 0;
    for (Offset after = 0;;) {
        try {
            auto records = journal.read(stream, after, 100, SIZE_MAX);
            if (records.empty()) return all;
            after = records.back().offset;
            for (auto& record : records) all.push_back(std::move(record));
        } catch (const std::runtime_error&) {
            if (++failures > 10'000) throw;
        }
    }
}

Tuning hurried_tuning() {
    Tuning tuning;
    tuning.write_buffer = 64U << 10U;
    tuning.delete_from = 4;
    tuning.drop_files_from = 8;
    tuning.ack_interval = tuning.maintenance_interval = std::chrono::milliseconds(0);
    tuning.first_retry = tuning.last_retry = std::chrono::milliseconds(1);
    tuning.damage_timeout = std::chrono::milliseconds(0);
    return tuning;
}

Acknowledged make_journal(const std::string& directory, std::uint32_t seed) {
    return Maker(directory, seed).run();
}

std::string Damage::text() const {
    switch (what) {
        case What::flip: return file + ": byte " + std::to_string(at) + " flipped";
        case What::cut: return file + ": cut at " + std::to_string(at);
        case What::remove: return file + ": removed";
    }
    return {};
}

std::string Damage::kind() const {
    if (file.ends_with(".log")) return "WAL";
    if (file.ends_with(".sst")) return "SST";
    return file.substr(0, file.find('-'));
}

Damage some_damage(const std::string& directory, std::mt19937& random) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.is_regular_file()) files.push_back(entry.path().filename().string());
    }
    std::ranges::sort(files);
    Damage damage;
    damage.file = files.at(random() % files.size());
    const auto size = std::filesystem::file_size(directory + "/" + damage.file);
    const auto what = random() % 10;
    damage.what = what < 6 ? Damage::What::flip : what < 9 ? Damage::What::cut : Damage::What::remove;
    if (size == 0) damage.what = Damage::What::remove;
    damage.at = size == 0 ? 0 : random() % size;
    return damage;
}

void apply_damage(const Damage& damage, const std::string& directory) {
    const auto path = directory + "/" + damage.file;
    if (damage.what == Damage::What::remove) {
        std::filesystem::remove(path);
    } else if (damage.what == Damage::What::cut) {
        std::filesystem::resize_file(path, damage.at);
    } else {
        std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(damage.at));
        const auto byte = stream.get();
        stream.seekp(static_cast<std::streamoff>(damage.at));
        stream.put(static_cast<char>(byte ^ 0x55));
    }
}

Outcome open_damaged(const std::string& directory, const Acknowledged& acknowledged, Damages damages) {
    const bool exact = damages == Damages::one;
    Outcome outcome;
    try {
        compare(directory, acknowledged, exact, outcome);
        return outcome;
    } catch (const std::runtime_error& error) {
        outcome.refusal = error.what();
    }
    try {
        const auto repair = repair_journal(directory);
        outcome.missing = outcome.repeated = 0;
        outcome.wrong.clear();
        compare(directory, acknowledged, exact, outcome);
    } catch (const std::exception& error) {
        if (exact) outcome.wrong = "it is not repaired: " + std::string(error.what());
    }
    return outcome;
}

}  // namespace pintle::journal
