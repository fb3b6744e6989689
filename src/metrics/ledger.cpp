#include "metrics/families.hpp"

namespace pintle::metrics {
namespace {

struct Account {
    const char* name;
    const char* help;
    std::uint64_t journal::Ledger::* count;
};

// In the order of the two equations, which the first of each says.
constexpr Account accounts[] = {
    {"pintle_ledger_accepted_events",
     "Events ever taken in, across restarts. In every scrape: accepted + replayed = delivered + dead + lost + "
     "pintle_backlog_events.",
     &journal::Ledger::accepted},
    {"pintle_ledger_replayed_events", "Events that were ever taken in once more for a dead letter.",
     &journal::Ledger::replayed},
    {"pintle_ledger_delivered_events", "Events ever delivered. A crash takes back those that it delivers once more.",
     &journal::Ledger::delivered},
    {"pintle_ledger_dead_events",
     "Events that ever became dead letters. In every scrape: dead = pintle_dead_letters + left + purged + dropped.",
     &journal::Ledger::dead},
    {"pintle_ledger_lost_events",
     "Events that the disk lost although it had said they were on it. Should be 0 for ever.", &journal::Ledger::lost},
    {"pintle_dead_letters", "Dead letters that are kept.", &journal::Ledger::kept},
    {"pintle_ledger_left_letters",
     "Dead letters that ever left by a replay; as many as replayed events, but where a replay was repeated because the "
     "disk failed under it.",
     &journal::Ledger::left},
    {"pintle_ledger_purged_letters", "Dead letters ever purged by an operator.", &journal::Ledger::purged},
    {"pintle_ledger_dropped_letters", "Dead letters that ever went because of journal.max_dead_letters.",
     &journal::Ledger::dropped},
};

}  // namespace

void add_ledger(const Snapshot& snapshot, Families& families) {
    for (const auto& account : accounts) {
        auto family = Family::gauge(account.name, account.help);
        for (const auto& destination : snapshot.destinations) {
            family.add({{"destination", destination.name}}, destination.ledger.*account.count);
        }
        family.move_to(families);
    }
}

}  // namespace pintle::metrics
