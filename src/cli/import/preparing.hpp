#pragma once

#include <string>

#include "import/line.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::cli::importer {

// Makes events of lines, as they are to be sent. Pure; not thread-safe.
class Preparing {
public:
    // `identity` names the file; see Fingerprint.
    explicit Preparing(std::string identity) : identity_(std::move(identity)) {}

    // Overwrites `event` by the line's, which keeps its time. Where it has no messageId it gets one that is the same
    // whenever this line of this file is sent. An error where the line is no JSON object.
    Result<void> prepare(const Line& line, std::string& event);

private:
    std::string identity_;
    json::Event event_;
};

}  // namespace pintle::cli::importer
