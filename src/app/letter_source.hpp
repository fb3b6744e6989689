#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/admin_client.hpp"
#include "app/letter_walk.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::app {

struct LetterPage {
    std::vector<std::string> letters;  // JSON each
    std::string next;
};

// Where the command line reads dead letters. A fault of status 0: nobody is there.
class LetterSource {
public:
    virtual ~LetterSource() = default;
    virtual admin::Answered<LetterPage> list(const admin::LetterQuery& query) = 0;
};

// A running daemon, which can also change them. The answers are the API's, as JSON text.
class DaemonLetters final : public LetterSource {
public:
    explicit DaemonLetters(AdminAddress address) : address_(std::move(address)) {}

    admin::Answered<LetterPage> list(const admin::LetterQuery& query) override;
    admin::Answered<std::string> replay(const admin::LetterQuery& query);
    admin::Answered<std::string> purge(const admin::LetterQuery& query);

private:
    admin::Answered<std::string> ask(boost::beast::http::verb method, std::string_view path,
                                     const admin::LetterQuery& query);

    AdminAddress address_;
};

// A stopped daemon's directory.
class DirectoryLetters final : public LetterSource {
public:
    explicit DirectoryLetters(const std::string& directory);  // throws std::runtime_error with a message for people

    admin::Answered<LetterPage> list(const admin::LetterQuery& query) override;

private:
    std::unique_ptr<journal::Journal> journal_;
    std::vector<LetterBox> boxes_;
};

}  // namespace pintle::app
