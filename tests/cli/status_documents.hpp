#pragma once

#include <nlohmann/json.hpp>

#include "status_reader.hpp"

namespace pintle::cli {

// What a daemon with one destination responds to GET /api/status.
inline nlohmann::json status_document() {
    return nlohmann::json::parse(R"({"version":"1.2","started_at":"2026-11-24T14:00:00.000Z",
        "now":"2026-11-24T15:00:00.000Z","draining":false,"not_ready":null,"connections":3,
        "events":{"received":1000,"accepted":900,"rejected":60,"dead_lettered":1,
                  "dropped":{"duplicate":30,"integration_disabled":10,"consent_denied":0,"filtered":0}},
        "rejected_by_reason":{"invalid_write_key":50,"invalid_json":10},
        "rates":{"received_per_second":100.0,"rejected_per_second":6.0,"dropped_per_second":4.0,
                 "commit_p99_seconds":0.005,"cpu_cores":0.5},
        "journal":{"has_room":true,"bytes":1048576,"max_bytes":21474836480,"bytes_free":1,
                   "commits":{"bounds":[0.001,0.01],"counts":[5,5,0],"sum":1}},
        "process":{"resident_bytes":1048576,"cpu_seconds":10.0,"open_files":9},
        "destinations":[{"name":"customerio","host":"track-eu.customer.io","backlog_events":200,"in_flight":3,
            "accepted":5000,"delivered":4000,"dead_lettered":3,"dead_letters":7,"retries":20,"backlog_bytes":1,
            "backlog_oldest_age_seconds":90.0,"time_to_drain_seconds":7.0,
            "retries_by_cause":{"transport_error":2,"server_error_503":18},"dead_letters_by_reason":{"rejected_400":3},
            "rates":{"accepted_per_second":100.0,"delivered_per_second":150.0,"retries_per_second":5.0,
                     "dead_lettered_per_second":0.0,"backlog_per_second":-50.0,"request_duration_p50_seconds":0.15,
                     "request_duration_p99_seconds":0.199},
            "circuit_breaker_open":false,"paused":null}]})");
}

inline admin::Status read(const nlohmann::json& document) {
    return read_status(document.dump()).value();
}

}  // namespace pintle::cli
