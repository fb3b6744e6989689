#include "import/progress.hpp"

#include <nlohmann/json.hpp>

#include "pintle/base/hex.hpp"
#include "pintle/base/sha256.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli::importer {

using nlohmann::ordered_json;

Fingerprint Fingerprint::of(std::string_view start) {
    start = start.substr(0, longest);
    return {start.size(), to_hex(pintle::sha256({start}))};
}

std::string Progress::write() const {
    const ordered_json document = {
        {"started", started},
        {"offset", offset},
        {"line", line},
        {"accepted", events.accepted},
        {"duplicates", events.duplicates},
        {"dropped", events.dropped},
        {"dead_letters", events.dead_letters},
        {"old", times.old},
        {"future", times.future},
        {"without_time", times.missing},
        {"unreadable_time", times.unreadable},
        {"rejected", rejected},
        {"rejects", rejects},
        {"rejects_from", rejects_from},
        {"rejects_to", rejects_to},
        {"file", {{"first_bytes", file.bytes}, {"sha256", file.sha256}}},
    };
    return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::optional<Progress> Progress::read(std::string_view text) {
    try {
        const auto document = parse_json<ordered_json>(text);
        const auto number = [&](const char* name) { return read_unsigned(document.at(name)).value(); };
        Progress progress;
        progress.started = number("started");
        progress.offset = number("offset");
        progress.line = number("line");
        progress.events = {number("accepted"), number("duplicates"), number("dropped"), number("dead_letters")};
        progress.times = {number("old"), number("future"), number("without_time"), number("unreadable_time")};
        progress.rejected = number("rejected");
        progress.rejects = document.at("rejects").get<std::string>();
        progress.rejects_from = number("rejects_from");
        progress.rejects_to = number("rejects_to");
        progress.file.bytes = read_unsigned(document.at("file").at("first_bytes")).value();
        progress.file.sha256 = document.at("file").at("sha256").get<std::string>();
        return progress;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    } catch (const std::bad_optional_access&) {
        return std::nullopt;
    }
}

bool Progress::is_of(std::string_view start, std::uint64_t size) const {
    return size >= offset && start.size() == file.bytes && Fingerprint::of(start) == file;
}

}  // namespace pintle::cli::importer
