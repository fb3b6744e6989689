#include "fixture.hpp"

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

Answer start(Journal& journal, WriteBatch append) {
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto answer = promise->get_future();
    journal.append(std::move(append), [promise](boost::system::error_code error) { promise->set_value(error); });
    return answer;
}

boost::system::error_code finish(Answer answer) {
    if (answer.wait_for(test_timeout) != std::future_status::ready) throw std::runtime_error("an append has no answer");
    return answer.get();
}

boost::system::error_code append(Journal& journal, WriteBatch append) {
    return finish(start(journal, std::move(append)));
}

boost::system::error_code append(Journal& journal, Stream stream, std::vector<std::string> records) {
    WriteBatch append;
    for (auto& record : records) append.records.push_back({stream, std::move(record)});
    return pintle::journal::append(journal, std::move(append));
}

std::vector<Offset> offsets(const std::vector<StoredRecord>& records) {
    std::vector<Offset> out;
    out.reserve(records.size());
    for (const auto& record : records) out.push_back(record.offset);
    return out;
}

std::vector<std::string> texts(const std::vector<StoredRecord>& records) {
    std::vector<std::string> out;
    out.reserve(records.size());
    for (const auto& record : records) out.push_back(record.bytes);
    return out;
}

std::vector<std::string> all(const Journal& journal, Stream stream) {
    return texts(journal.read(stream, 0, SIZE_MAX, SIZE_MAX));
}

JournalTest::JournalTest() {
    options_.directory = scratch_.path("data");
    reopen();
}

void JournalTest::reopen() {
    journal_.reset();
    journal_ = open_journal(options_);
    stream_ = journal_->create_or_open_stream("customerio");
}

}  // namespace pintle::journal
