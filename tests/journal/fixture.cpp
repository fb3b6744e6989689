#include "journal/fixture.hpp"

#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace pintle::journal {

ScratchDirectory::ScratchDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "pintle-journal-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
    path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Answer start(Journal& journal, Append append) {
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto answer = promise->get_future();
    journal.append(std::move(append), [promise](boost::system::error_code error) { promise->set_value(error); });
    return answer;
}

boost::system::error_code finish(Answer answer) {
    if (answer.wait_for(patience) != std::future_status::ready) throw std::runtime_error("an append has no answer");
    return answer.get();
}

boost::system::error_code append(Journal& journal, Append append) {
    return finish(start(journal, std::move(append)));
}

boost::system::error_code append(Journal& journal, Log log, std::vector<std::string> records) {
    Append append;
    for (auto& record : records) append.records.push_back({log, std::move(record)});
    return pintle::journal::append(journal, std::move(append));
}

std::vector<Position> positions(const std::vector<Stored>& records) {
    std::vector<Position> out;
    out.reserve(records.size());
    for (const auto& record : records) out.push_back(record.position);
    return out;
}

std::vector<std::string> texts(const std::vector<Stored>& records) {
    std::vector<std::string> out;
    out.reserve(records.size());
    for (const auto& record : records) out.push_back(record.bytes);
    return out;
}

std::vector<std::string> all(const Journal& journal, Log log) {
    return texts(journal.read(log, 0, SIZE_MAX, SIZE_MAX));
}

JournalTest::JournalTest() {
    options_.directory = scratch_.path("data");
    reopen();
}

void JournalTest::reopen() {
    journal_.reset();
    journal_ = open_journal(options_);
    log_ = journal_->open_log("customerio");
}

}  // namespace pintle::journal
