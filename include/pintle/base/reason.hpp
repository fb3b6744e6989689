#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle {

// Why an event was rejected, dropped, retried or dead-lettered, or cannot be replayed. Programs read the code (metrics,
// the API, dead letters), people the sentence. The codes are part of the API and of the stored dead letters: one that
// was released keeps its meaning.
enum class Reason : std::uint8_t {
    // The sender's request is rejected.
    write_key_missing,
    invalid_write_key,
    no_route,
    method_not_allowed,
    malformed_request,
    request_too_slow,
    request_too_large,
    request_exceeds_memory,
    memory_exhausted,
    server_busy,
    journal_full,
    destination_full,
    source_rate_exceeded,
    person_queue_full,
    empty_batch,
    batch_not_an_array,
    too_many_events,
    expansion_too_large,
    internal_error,
    // The event is rejected, or in a batch dead-lettered.
    invalid_json,
    nested_too_deep,
    event_not_an_object,
    event_too_large,
    track_not_allowed,
    identify_not_allowed,
    page_not_allowed,
    screen_not_allowed,
    group_not_allowed,
    alias_not_allowed,
    // The event cannot be mapped: rejected, or dead-lettered in a batch or after a change of options.
    traits_not_an_object,
    properties_not_an_object,
    unknown_event_type,
    record_not_supported,
    identify_person_missing,
    event_person_missing,
    event_name_missing,
    page_name_missing,
    screen_name_missing,
    group_id_missing,
    alias_ids_missing,
    user_deleted_person_missing,
    user_suppressed_person_missing,
    user_unsuppressed_person_missing,
    relationship_deleted_person_missing,
    object_id_missing,
    person_id_too_long,
    person_id_invalid,
    device_token_invalid,
    batch_item_too_large,
    // The event is dropped.
    duplicate,
    integration_disabled,
    consent_denied,
    filtered,
    // Customer.io rejected the event: it is dead-lettered.
    rejected_207,
    rejected_400,
    rejected_404,
    rejected_405,
    rejected_410,
    rejected_413,
    rejected_414,
    rejected_415,
    rejected_422,
    rejected_431,
    rejected_other,
    // The event is dead-lettered for another cause.
    too_old,
    unreadable_record,
    erased,
    // An attempt to deliver the event failed: it is retried.
    transport_error,
    unauthorized_401,
    unauthorized_403,
    unauthorized_407,
    timeout_408,
    rate_limited,
    server_error_500,
    server_error_502,
    server_error_503,
    server_error_504,
    server_error_other,
    redirected,
    unexpected_response,
    // A dead letter cannot be replayed.
    destination_not_configured,
    // A dead letter that another version of pintle stored.
    unknown,
};
inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::unknown) + 1;

struct ReasonText {
    Reason reason;
    std::string_view code;
    std::string_view sentence;
};

inline constexpr std::array<ReasonText, reason_count> reason_texts{{
    {Reason::write_key_missing, "write_key_missing", "failed to read writekey from header"},
    {Reason::invalid_write_key, "invalid_write_key", "invalid write key"},
    {Reason::no_route, "no_route", "no such route"},
    {Reason::method_not_allowed, "method_not_allowed", "method not allowed"},
    {Reason::malformed_request, "malformed_request", "malformed request"},
    {Reason::request_too_slow, "request_too_slow", "too slow"},
    {Reason::request_too_large, "request_too_large", "request size exceeds max limit"},
    {Reason::request_exceeds_memory, "request_exceeds_memory",
     "request size exceeds max limit: it needs more than ingest.memory"},
    {Reason::memory_exhausted, "memory_exhausted", "too many large requests at a time"},
    {Reason::server_busy, "server_busy", "too many connections or large requests at a time"},
    {Reason::journal_full, "journal_full", "the journal accepts no events now; try again"},
    {Reason::destination_full, "destination_full", "the destination's share of the journal is full, try again"},
    {Reason::source_rate_exceeded, "source_rate_exceeded",
     "the source sends more events than its rate allows, try again later"},
    {Reason::person_queue_full, "person_queue_full", "too many events of this person wait for delivery"},
    {Reason::empty_batch, "empty_batch", "empty batch payload"},
    {Reason::batch_not_an_array, "batch_not_an_array", "batch must be an array"},
    {Reason::too_many_events, "too_many_events",
     "request size exceeds max limit: more events than ingest.max_events_per_request"},
    {Reason::expansion_too_large, "expansion_too_large",
     "request size exceeds max limit: its events together are larger than ingest.max_expanded"},
    {Reason::internal_error, "internal_error", "internal error"},
    {Reason::invalid_json, "invalid_json", "invalid json"},
    {Reason::nested_too_deep, "nested_too_deep", "nesting is deeper than 64 levels"},
    {Reason::event_not_an_object, "event_not_an_object", "an event must be a JSON object"},
    {Reason::event_too_large, "event_too_large", "event is larger than ingest.max_event"},
    {Reason::track_not_allowed, "track_not_allowed", "this write key may not send track events"},
    {Reason::identify_not_allowed, "identify_not_allowed", "this write key may not send identify events"},
    {Reason::page_not_allowed, "page_not_allowed", "this write key may not send page events"},
    {Reason::screen_not_allowed, "screen_not_allowed", "this write key may not send screen events"},
    {Reason::group_not_allowed, "group_not_allowed", "this write key may not send group events"},
    {Reason::alias_not_allowed, "alias_not_allowed", "this write key may not send alias events"},
    {Reason::traits_not_an_object, "traits_not_an_object", "traits must be an object"},
    {Reason::properties_not_an_object, "properties_not_an_object", "properties must be an object"},
    {Reason::unknown_event_type, "unknown_event_type", "unknown event type"},
    {Reason::record_not_supported, "record_not_supported", "record events of reverse ETL are not supported"},
    {Reason::identify_person_missing, "identify_person_missing", "identify needs userId, email or anonymousId"},
    {Reason::event_person_missing, "event_person_missing", "event needs userId, email or anonymousId"},
    {Reason::event_name_missing, "event_name_missing", "event name is missing or not a string"},
    {Reason::page_name_missing, "page_name_missing", "page name is missing"},
    {Reason::screen_name_missing, "screen_name_missing", "screen name is missing"},
    {Reason::group_id_missing, "group_id_missing", "groupId is missing"},
    {Reason::alias_ids_missing, "alias_ids_missing", "alias needs userId and previousId"},
    {Reason::user_deleted_person_missing, "user_deleted_person_missing", "User Deleted needs userId or email"},
    {Reason::user_suppressed_person_missing, "user_suppressed_person_missing", "User Suppressed needs userId or email"},
    {Reason::user_unsuppressed_person_missing, "user_unsuppressed_person_missing",
     "User Unsuppressed needs userId or email"},
    {Reason::relationship_deleted_person_missing, "relationship_deleted_person_missing",
     "Relationship Deleted needs userId or email"},
    {Reason::object_id_missing, "object_id_missing", "objectId is missing"},
    {Reason::person_id_too_long, "person_id_too_long", "person id is longer than 150 bytes"},
    {Reason::person_id_invalid, "person_id_invalid", "person id cannot be . or .."},
    {Reason::device_token_invalid, "device_token_invalid", "device token cannot be . or .."},
    {Reason::batch_item_too_large, "batch_item_too_large", "batch item is larger than 32 KB"},
    {Reason::duplicate, "duplicate", "its messageId came before, within ingest.dedupe_window"},
    {Reason::integration_disabled, "integration_disabled", "the event's integrations exclude Customer.io"},
    {Reason::consent_denied, "consent_denied", "the person denied the consent that the destination needs"},
    {Reason::filtered, "filtered", "the destination's filter (`events`) does not admit it"},
    {Reason::rejected_207, "rejected_207", "Customer.io rejected this item of a batch"},
    {Reason::rejected_400, "rejected_400", "Customer.io rejected it with 400 Bad Request"},
    {Reason::rejected_404, "rejected_404", "Customer.io rejected it with 404 Not Found"},
    {Reason::rejected_405, "rejected_405", "Customer.io rejected it with 405 Method Not Allowed"},
    {Reason::rejected_410, "rejected_410", "Customer.io rejected it with 410 Gone"},
    {Reason::rejected_413, "rejected_413", "Customer.io rejected it with 413 Payload Too Large"},
    {Reason::rejected_414, "rejected_414", "Customer.io rejected it with 414 URI Too Long"},
    {Reason::rejected_415, "rejected_415", "Customer.io rejected it with 415 Unsupported Media Type"},
    {Reason::rejected_422, "rejected_422", "Customer.io rejected it with 422 Unprocessable Entity"},
    {Reason::rejected_431, "rejected_431", "Customer.io rejected it with 431 Request Header Fields Too Large"},
    {Reason::rejected_other, "rejected_other", "Customer.io rejected it with another 4xx status"},
    {Reason::too_old, "too_old", "older than retry.max_age when an attempt failed"},
    {Reason::unreadable_record, "unreadable_record", "the record is of a version that this pintle cannot read"},
    {Reason::erased, "erased", "an operator erased the person"},
    {Reason::transport_error, "transport_error", "no response: the connection or the request failed"},
    {Reason::unauthorized_401, "unauthorized_401", "401: Customer.io does not accept the credentials"},
    {Reason::unauthorized_403, "unauthorized_403", "403: Customer.io does not accept the credentials"},
    {Reason::unauthorized_407, "unauthorized_407", "407: a proxy asks for credentials"},
    {Reason::timeout_408, "timeout_408", "408: Customer.io waited too long for the request"},
    {Reason::rate_limited, "rate_limited", "429: too many requests"},
    {Reason::server_error_500, "server_error_500", "500 Internal Server Error"},
    {Reason::server_error_502, "server_error_502", "502 Bad Gateway"},
    {Reason::server_error_503, "server_error_503", "503 Service Unavailable"},
    {Reason::server_error_504, "server_error_504", "504 Gateway Timeout"},
    {Reason::server_error_other, "server_error_other", "another 5xx status"},
    {Reason::redirected, "redirected", "a redirect that cannot be followed"},
    {Reason::unexpected_response, "unexpected_response", "a response that Customer.io does not document"},
    {Reason::destination_not_configured, "destination_not_configured",
     "the configuration has no such destination any more"},
    {Reason::unknown, "unknown", "another version of pintle stored it"},
}};

static_assert(
    [] {
        for (std::size_t i = 0; i < reason_count; ++i) {
            const auto& text = reason_texts[i];
            if (static_cast<std::size_t>(text.reason) != i || text.code.empty() || text.sentence.empty()) return false;
        }
        return true;
    }(),
    "one row for each enumerator, in their order");

constexpr std::string_view code(Reason reason) {
    return reason_texts[static_cast<std::size_t>(reason)].code;
}
constexpr std::string_view code(std::optional<Reason> reason) {
    return reason ? code(*reason) : std::string_view{};
}
constexpr std::string_view sentence(Reason reason) {
    return reason_texts[static_cast<std::size_t>(reason)].sentence;
}

constexpr std::optional<Reason> find_reason(std::string_view code) {
    const auto* const found = std::ranges::find(reason_texts, code, &ReasonText::code);
    return found == reason_texts.end() ? std::nullopt : std::optional(found->reason);
}

// Of an event that Customer.io rejected with that status.
constexpr Reason rejection_of(int status) {
    switch (status) {
        case 207: return Reason::rejected_207;
        case 400: return Reason::rejected_400;
        case 404: return Reason::rejected_404;
        case 405: return Reason::rejected_405;
        case 410: return Reason::rejected_410;
        case 413: return Reason::rejected_413;
        case 414: return Reason::rejected_414;
        case 415: return Reason::rejected_415;
        case 422: return Reason::rejected_422;
        case 431: return Reason::rejected_431;
        default: return Reason::rejected_other;
    }
}

// Of an event that is retried after that status; 0: there was no response.
constexpr Reason retry_cause_of(int status) {
    switch (status) {
        case 0: return Reason::transport_error;
        case 401: return Reason::unauthorized_401;
        case 403: return Reason::unauthorized_403;
        case 407: return Reason::unauthorized_407;
        case 408: return Reason::timeout_408;
        case 429: return Reason::rate_limited;
        case 500: return Reason::server_error_500;
        case 502: return Reason::server_error_502;
        case 503: return Reason::server_error_503;
        case 504: return Reason::server_error_504;
        default: break;
    }
    if (status >= 500 && status < 600) return Reason::server_error_other;
    return status >= 300 && status < 400 ? Reason::redirected : Reason::unexpected_response;
}

}  // namespace pintle
