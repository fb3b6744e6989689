#include "pintle/metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "metrics/families.hpp"

namespace pintle::metrics {

std::string to_text(const Snapshot& snapshot) {
    Families families;
    add_ingest(snapshot, families);
    add_destinations(snapshot, families);
    add_ledger(snapshot, families);
    add_house(snapshot, families);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pintle::metrics
