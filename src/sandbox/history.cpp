#include "history.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "pintle/base/escape.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::sandbox {

using nlohmann::json;

namespace {

constexpr std::size_t max_ids = 200'000;

std::string body_as_json(const std::string& body) {
    if (body.empty()) return "null";
    if (accepts_json(body)) return text::plain_json(body);
    return text::plain_json(json(body).dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

std::string to_json(const Call& call) {
    json head{{"time", call.time},
              {"method", call.method},
              {"host", call.host},
              {"path", call.path},
              {"user_agent", call.user_agent},
              {"status", call.status},
              {"taken", call.taken},
              {"credentials_ok", call.credentials_ok},
              {"duplicate", call.duplicate}};
    if (!call.refused_items.empty()) head["refused_items"] = call.refused_items;
    std::string text = "{\"seq\":" + std::to_string(call.seq) + ",";
    text += head.dump(-1, ' ', false, json::error_handler_t::replace).substr(1);
    text.pop_back();
    return text::plain_json(std::move(text)) + ",\"body\":" + body_as_json(call.body) + "}";
}

const Call& History::add(Call call, const std::vector<std::string>& ids) {
    call.seq = ++last_;
    call.duplicate = repeats(ids);
    calls_.push_back(std::move(call));
    if (calls_.size() > std::max<std::size_t>(keep_, 1)) calls_.pop_front();
    return calls_.back();
}

std::string History::list(std::optional<std::uint64_t> after, std::size_t limit) const {
    auto from = calls_.begin();
    if (after) {
        from = std::ranges::upper_bound(calls_, *after, {}, &Call::seq);
    } else if (calls_.size() > limit) {
        from = calls_.end() - static_cast<std::ptrdiff_t>(limit);
    }
    std::string text = "[";
    for (; from != calls_.end() && limit > 0; ++from, --limit) {
        if (text.size() > 1) text += ",\n";
        text += to_json(*from);
    }
    return text + "]\n";
}

void History::clear() {
    calls_.clear();
    ids_.clear();
    id_order_.clear();
}

bool History::repeats(const std::vector<std::string>& ids) {
    bool repeated = false;
    for (const std::string& id : ids) {
        if (!ids_.insert(id).second) {
            repeated = true;
            continue;
        }
        id_order_.push_back(id);
        if (id_order_.size() > max_ids) {
            ids_.erase(id_order_.front());
            id_order_.pop_front();
        }
    }
    return repeated;
}

}  // namespace pintle::sandbox
