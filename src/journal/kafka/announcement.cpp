#include "kafka/announcement.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "varint.hpp"

namespace pintle::journal::kafka {
namespace {

// A record: version u8 | node | name, version, configuration and admin address as texts | start in milliseconds | the
// number of streams owned and their names | a hash of the secrets | the number of reports, and each: the stream's name,
// when its circuit breaker opened in milliseconds (0: it is closed) and why, the number of causes of retries, and each
// with its count. A later version appends.
constexpr char version = 1;

std::string hexadecimal(NodeId node) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, node >>= 4U) *digit = digits[node & 15U];
    return text;
}

std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

WallTime time_of(std::uint64_t milliseconds) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

void put_report(std::string& out, const DeliveryReport& report) {
    put_text(out, report.stream);
    put_varint(out, report.circuit_breaker ? milliseconds(report.circuit_breaker->since) : 0);
    put_text(out, report.circuit_breaker ? report.circuit_breaker->message : "");
    put_varint(out, report.retries.size());
    for (const auto& [cause, count] : report.retries) {
        put_text(out, cause);
        put_varint(out, count);
    }
}

std::optional<DeliveryReport> get_report(std::string_view& bytes) {
    DeliveryReport report;
    const auto stream = get_text(bytes);
    const auto since = stream ? get_varint(bytes) : std::nullopt;
    const auto message = since ? get_text(bytes) : std::nullopt;
    const auto causes = message ? get_varint(bytes) : std::nullopt;
    if (!causes || *causes > bytes.size()) return std::nullopt;
    report.stream = *stream;
    if (*since > 0) report.circuit_breaker = {time_of(*since), std::string(*message)};
    for (auto left = *causes; left > 0; --left) {
        const auto cause = get_text(bytes);
        const auto count = cause ? get_varint(bytes) : std::nullopt;
        if (!count) return std::nullopt;
        report.retries[std::string(*cause)] = *count;
    }
    return report;
}

}  // namespace

std::string encode(const NodeAnnouncement& announcement) {
    std::string out(1, version);
    put_varint(out, announcement.node);
    const auto& [pintle_version, configuration, admin_address, secrets, deliveries] = announcement.announcement;
    for (const auto& text : {announcement.name, pintle_version, configuration, admin_address}) put_text(out, text);
    put_varint(out, milliseconds(announcement.started));
    put_varint(out, announcement.owned.size());
    for (const auto& name : announcement.owned) put_text(out, name);
    put_text(out, secrets);
    put_varint(out, deliveries.size());
    for (const auto& report : deliveries) put_report(out, report);
    return out;
}

std::optional<NodeAnnouncement> decode_announcement(std::string_view bytes) {
    if (bytes.empty() || bytes.front() < version) return std::nullopt;
    bytes.remove_prefix(1);
    NodeAnnouncement found;
    const auto node = get_varint(bytes);
    if (!node) return std::nullopt;
    found.node = *node;
    auto& [pintle_version, configuration, admin_address, secrets, deliveries] = found.announcement;
    for (auto* const text : {&found.name, &pintle_version, &configuration, &admin_address}) {
        const auto value = get_text(bytes);
        if (!value) return std::nullopt;
        *text = *value;
    }
    const auto started = get_varint(bytes);
    const auto count = started ? get_varint(bytes) : std::nullopt;
    if (!count || *count > bytes.size()) return std::nullopt;
    found.started = time_of(*started);
    for (auto left = *count; left > 0; --left) {
        const auto name = get_text(bytes);
        if (!name) return std::nullopt;
        found.owned.emplace_back(*name);
    }
    if (bytes.empty()) return found;  // of an earlier version
    const auto hash = get_text(bytes);
    const auto reports = hash ? get_varint(bytes) : std::nullopt;
    if (!reports || *reports > bytes.size()) return std::nullopt;
    secrets = *hash;
    for (auto left = *reports; left > 0; --left) {
        auto report = get_report(bytes);
        if (!report) return std::nullopt;
        deliveries.push_back(std::move(*report));
    }
    return found;
}

NodeDirectory::Change NodeDirectory::read(NodeAnnouncement announcement, WallTime now) {
    const auto node = announcement.node;
    const auto known = nodes_.find(node);
    const bool was_replaced = known != nodes_.end() && known->second.is_replaced;
    auto change = Change::none;
    if (known == nodes_.end()) {
        change = Change::joined;
        for (auto& [other, seen] : nodes_) {
            const auto& earlier = seen.announcement;
            if (earlier.name == announcement.name && earlier.started < announcement.started) seen.is_replaced = true;
        }
    }
    if (was_replaced) change = Change::same_name;
    if (names_.size() >= max_names) names_.clear();
    names_[node] = announcement.name;
    nodes_[node] = {std::move(announcement), now, false};
    return change;
}

void NodeDirectory::heard(WallTime now) {
    if (now - heard_ > silence) heard_since_ = now;
    heard_ = now;
}

std::vector<std::string> NodeDirectory::expire(WallTime now) {
    std::vector<std::string> forgotten;
    if (now - heard_ > silence || now - heard_since_ <= lifetime) return forgotten;
    std::erase_if(nodes_, [&](const auto& each) {
        const auto& seen = each.second;
        if (now - seen.last <= lifetime) return false;
        if (!seen.is_replaced) forgotten.push_back(seen.announcement.name);
        return true;
    });
    return forgotten;
}

std::string NodeDirectory::name_of(NodeId node) const {
    const auto found = names_.find(node);
    return found == names_.end() ? hexadecimal(node) : found->second;
}

std::vector<ClusterNode> NodeDirectory::nodes(NodeId self,
                                              const std::map<NodeId, std::vector<std::string>>& owned) const {
    std::vector<ClusterNode> nodes;
    for (const auto& [node, seen] : nodes_) {
        if (seen.is_replaced) continue;
        const auto& each = seen.announcement;
        const auto streams = owned.find(node);
        nodes.push_back({each.name, node == self, each.announcement, each.started, seen.last,
                         streams == owned.end() ? std::vector<std::string>() : streams->second});
    }
    std::ranges::sort(nodes, {}, &ClusterNode::name);
    return nodes;
}

}  // namespace pintle::journal::kafka
