#include "recording.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include <unistd.h>

namespace pintle::sandbox {

Recording::Recording(const std::string& path) : path_(path) {
    try {
        file_ = files::open_own(path);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("cannot write " + path_ + ": " + error.what());
    }
    if (::lseek(file_.get(), 0, SEEK_END) < 0) throw std::runtime_error("cannot write " + path_);
}

void Recording::add(const Call& call, std::string_view answer) {
    std::string line = to_json(call);
    line.pop_back();
    line.append(",\"answer\":").append(answer.empty() ? "null" : answer).append("}");
    // A body may be JSON of several lines. Line breaks are only between its tokens, so that a space can replace them.
    std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    line += '\n';
    try {
        files::write(file_, line);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("cannot write " + path_ + ": " + error.what());
    }
}

}  // namespace pintle::sandbox
