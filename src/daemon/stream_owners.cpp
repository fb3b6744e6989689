#include "stream_owners.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pintle::daemon {
namespace {

const StreamContent* find(const std::vector<StreamContent>& streams, const std::string& name) {
    const auto found = std::ranges::find(streams, name, &StreamContent::name);
    return found == streams.end() ? nullptr : &*found;
}

// `12 pending events and 3 dead letters`
std::string content_of(const StreamContent& stream) {
    return counted(stream.events, "pending event") + " and " + counted(stream.dead_letters, "dead letter");
}

// `old (12 pending events and 3 dead letters)`
std::string described(const StreamContent& stream) {
    return stream.name + " (" + content_of(stream) + ')';
}

void plan(const std::vector<StreamContent>& streams, const config::Destination& destination, TakeoverPlan& plan) {
    std::vector<const StreamContent*> earlier;  // those that hold something
    const StreamContent* empty = nullptr;
    for (const auto& name : destination.formerly) {
        const auto* stream = find(streams, name);
        if (stream == nullptr) continue;
        if (!stream->empty()) {
            earlier.push_back(stream);
        } else if (empty == nullptr) {
            empty = stream;
        }
    }
    const auto* own = find(streams, destination.name);
    if (earlier.empty()) {
        if (own == nullptr && empty != nullptr) plan.takeovers.push_back({empty->name, destination.name, false});
        return;
    }
    const bool is_own_free = own == nullptr || own->empty();
    if (earlier.size() == 1 && is_own_free) {
        plan.takeovers.push_back({earlier.front()->name, destination.name, own != nullptr});
        return;
    }
    std::string all = is_own_free ? "" : described(*own) + ", ";
    for (const auto* stream : earlier) all += (stream == earlier.front() ? "" : ", ") + described(*stream);
    plan.problems.push_back("destinations[" + destination.name + "].formerly: only one stream can become that of " +
                            destination.name + ", but several hold something: " + all +
                            "; configure the others as destinations too until their events are delivered, or discard "
                            "them with `pintle journal discard NAME --yes`");
}

// Why the destination that has `orphan` as an earlier name has not taken it over. Empty where none has.
std::string why_not_taken_over(const StreamContent& orphan, const std::vector<StreamContent>& streams,
                               const std::vector<config::Destination>& destinations) {
    const auto heir = std::ranges::find_if(
        destinations, [&](const config::Destination& each) { return each.was_named(orphan.name); });
    if (heir == destinations.end()) return {};
    const auto rivals = std::ranges::count_if(
        streams, [&](const StreamContent& stream) { return !stream.empty() && heir->was_named(stream.name); });
    if (rivals > 1) return heir->name + " names several streams that hold something in formerly, and can take over one";
    const auto* own = find(streams, heir->name);
    std::string text = heir->name + " takes it over at the next start if it holds nothing itself then";
    if (own != nullptr && !own->empty()) text += "; now it has " + content_of(*own);
    return text;
}

}  // namespace

std::string counted(std::uint64_t count, const std::string& what) {
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

std::vector<StreamContent> stream_contents(const journal::Journal& journal) {
    std::vector<StreamContent> contents;
    for (auto& name : journal.streams()) {
        const auto stream = journal.find_stream(name);
        if (!stream) continue;  // it has just got another name
        contents.push_back({std::move(name), journal.pending(*stream), journal.stream_usage(*stream).bytes,
                            journal.dead_letter_usage(*stream).count, false});
    }
    return contents;
}

std::vector<admin::OrphanedStream> orphaned_streams(const std::vector<StreamContent>& streams,
                                                    const std::vector<config::Destination>& destinations) {
    std::vector<admin::OrphanedStream> orphans;
    for (const auto& stream : streams) {
        const bool has_owner =
            std::ranges::find(destinations, stream.name, &config::Destination::name) != destinations.end();
        if (has_owner || stream.empty()) continue;
        orphans.push_back({stream.name, stream.events, stream.bytes, stream.dead_letters, std::nullopt,
                           why_not_taken_over(stream, streams, destinations)});
    }
    return orphans;
}

TakeoverPlan plan_takeovers(const std::vector<StreamContent>& streams,
                            const std::vector<config::Destination>& destinations) {
    TakeoverPlan all;
    for (const auto& destination : destinations) plan(streams, destination, all);
    return all;
}

StreamReloadPlan plan_stream_reload(std::vector<StreamContent> streams, const std::vector<config::Destination>& running,
                                    const std::vector<config::Destination>& next) {
    const auto runs = [&](const std::string& name) {
        return std::ranges::find(running, name, &config::Destination::name) != running.end();
    };
    for (auto& stream : streams) stream.in_use = runs(stream.name);
    StreamReloadPlan all;
    for (const auto& destination : next) {
        if (!runs(destination.name)) {
            plan(streams, destination, all.of_new);
        } else if (std::ranges::any_of(destination.formerly, [&](const std::string& name) {
                       const auto* stream = find(streams, name);
                       return stream != nullptr && !stream->empty();
                   })) {
            all.waiting.push_back(destination.name);
        }
    }
    return all;
}

}  // namespace pintle::daemon
