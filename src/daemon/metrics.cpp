#include "pintle/daemon/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "metric_families.hpp"

namespace pintle::daemon {

std::string to_text(const Snapshot& snapshot) {
    stats::Families families;
    add_ingest(snapshot, families);
    add_destinations(snapshot, families);
    add_ledger(snapshot, families);
    add_house(snapshot, families);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pintle::daemon
