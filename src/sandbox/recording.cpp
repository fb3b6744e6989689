#include "sandbox/recording.hpp"

#include <algorithm>
#include <stdexcept>

namespace pintle::sandbox {

Recording::Recording(const std::string& path) : path_(path), file_(path, std::ios::app) {
    if (!file_) throw std::runtime_error("cannot write " + path_);
}

void Recording::add(const Call& call, std::string_view answer) {
    std::string line = to_json(call);
    line.pop_back();
    line.append(",\"answer\":").append(answer.empty() ? "null" : answer).append("}");
    // A body may be JSON of several lines. Within its strings no line can end, so between them a space will do as well.
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    line += '\n';
    file_.write(line.data(), static_cast<std::streamsize>(line.size()));
    if (!file_.flush()) throw std::runtime_error("cannot write " + path_);
}

}  // namespace pintle::sandbox
