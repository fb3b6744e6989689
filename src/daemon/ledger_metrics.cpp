#include "metric_families.hpp"

namespace pintle::daemon {
namespace {

struct Account {
    const char* name;
    const char* help;
    std::uint64_t journal::Ledger::* count;
};

// In the order of the two equations, which the first of each says.
constexpr Account accounts[] = {
    {"pintle_ledger_accepted_events",
     "Events ever accepted, across restarts. In every scrape: accepted + replayed = delivered + dead_lettered + lost + "
     "pintle_backlog_events.",
     &journal::Ledger::accepted},
    {"pintle_ledger_replayed_events", "Events that replays of dead letters ever put back into the backlog.",
     &journal::Ledger::replayed},
    {"pintle_ledger_delivered_events", "Events ever delivered. A crash takes back those that it delivers once more.",
     &journal::Ledger::delivered},
    {"pintle_ledger_dead_lettered_events",
     "Events that ever became dead letters. In every scrape: dead_lettered = pintle_dead_letters + replayed_out + "
     "purged + evicted.",
     &journal::Ledger::dead_lettered},
    {"pintle_ledger_lost_events",
     "Events that the disk lost although it had said they were on it. Should be 0 for ever.", &journal::Ledger::lost},
    {"pintle_dead_letters", "Dead letters that are retained.", &journal::Ledger::retained},
    {"pintle_ledger_replayed_out_letters",
     "Dead letters that replays ever removed; as many as replayed events, unless a replay was repeated because the "
     "disk failed.",
     &journal::Ledger::replayed_out},
    {"pintle_ledger_purged_letters", "Dead letters ever purged by an operator.", &journal::Ledger::purged},
    {"pintle_ledger_evicted_letters", "Dead letters ever evicted because of journal.max_dead_letters.",
     &journal::Ledger::evicted},
};

}  // namespace

void add_ledger(const Snapshot& snapshot, stats::Families& families) {
    for (const auto& account : accounts) {
        auto family = stats::Family::gauge(account.name, account.help);
        for (const auto& destination : snapshot.destinations) {
            family.add({{"destination", destination.name}}, destination.ledger.*account.count);
        }
        family.move_to(families);
    }
}

}  // namespace pintle::daemon
