#include "random_event.hpp"

namespace pintle::customerio {
namespace {

using Names = std::vector<std::string_view>;

const Names root_names{
    "userId",     "userId",     "anonymousId",     "anonymousId", "traits",         "traits",
    "properties", "properties", "context",         "context",     "event",          "event",
    "name",       "name",       "messageId",       "timestamp",   "timestamp",      "originalTimestamp",
    "groupId",    "previousId", "user_properties", "sentAt",      R"(user\u0049d)", "other"};
const Names trait_names{"userId",
                        "id",
                        "email",
                        "createdAt",
                        "created_at",
                        "_timestamp",
                        "anonymous_id",
                        "address",
                        "city",
                        "plan",
                        "action",
                        "objectTypeId",
                        "groupId",
                        "anonymousId",
                        R"(\u0063ity)",
                        "a.b",
                        R"(q\"\\)",
                        "url",
                        "path",
                        "name",
                        "last_used",
                        "platform",
                        "",
                        "objectId",
                        "objectId",
                        "object_type_id",
                        "relationshipAttributes",
                        "cio_relationships",
                        "attributes",
                        "app_version",
                        "device_os"};
const Names address_names{"city", "country", "zip", "state", "street", "postalCode", "zip"};
const Names context_names{"traits", "device", "os",     "externalId", "mappedToDestination",
                          "page",   "app",    "locale", "groupId"};
const Names device_names{"token", "token", "type", "name", "url", "version", "model"};
const Names external_id_names{"id", "id", "identifierType"};

const Names scalars{"null",
                    "true",
                    "false",
                    "0",
                    "-0.0",
                    "1",
                    "42",
                    "1571051718",
                    "1571051718299",
                    "9007199254740993",
                    "0.10",
                    "1e21",
                    "-7",
                    R"("")",
                    R"("u1")",
                    R"("a@b.co")",
                    R"("cio_03a2")",
                    R"("2020-02-02T00:23:09.544Z")",
                    R"("not a date")",
                    R"("caf\u00e9 \ud83d\ude00")",
                    R"("line\nbreak\"\\")",
                    "\"\xE6\xBC\xA2\xE5\xAD\x97/ ?#\"",
                    R"("delete")",
                    R"("iPadOS")",
                    R"("1969-12-31T23:59:59.9+01:00")",
                    R"("2020-02-0\u0032")",
                    R"("2021-02-30")",
                    R"("Application Opened")",
                    R"("User Deleted")",
                    R"("User Suppressed")",
                    R"("User Unsuppressed")",
                    R"("Device Created or Updated")",
                    R"("Device Deleted")",
                    R"("Object Deleted")",
                    R"("Relationship Deleted")",
                    R"("Application Uninstalled")"};

}  // namespace

std::string RandomEvent::event() {
    const Names types{R"("identify")", R"("track")", R"("page")", R"("screen")", R"("group")",
                      R"("alias")",    R"("Track")", R"("x")",    "null"};
    const std::string type = R"({"type":)" + std::string(pick(types));
    const std::string rest = object(root_names, 0).substr(1);
    return type + (rest.find('"') == std::string::npos ? "" : ",") + rest;
}

std::string RandomEvent::object(const Names& names, int depth) {
    std::string out = "{";
    const std::size_t members = chance(40) ? 40 : below(depth == 0 ? 14 : 7);
    for (std::size_t i = 0; i < members; ++i) {
        if (i > 0) out += ',';
        const std::string_view name = pick(names);
        out.append(space()).append("\"").append(name).append("\"").append(space()).append(":").append(space());
        out.append(member_value(name, depth + 1)).append(space());
    }
    out += '}';
    return out;
}

std::string RandomEvent::member_value(std::string_view name, int depth) {
    if (chance(8)) return value(depth);
    if (name == "traits" || name == "properties" || name == "user_properties") return object(trait_names, depth);
    if (name == "context") return object(context_names, depth);
    if (name == "device" || name == "os" || name == "page" || name == "app") return object(device_names, depth);
    if (name == "relationshipAttributes" || name == "attributes") return object(trait_names, depth);
    if (name == "address") return object(address_names, depth);
    if (name == "externalId") return std::string("[").append(object(external_id_names, depth)).append("]");
    if (chance(20)) return std::string("\"").append(140 + below(30), 'x').append("\"");
    return std::string(pick(scalars));
}

std::string RandomEvent::value(int depth) {
    const std::size_t kind = below(depth > 5 ? 4 : 6);
    if (kind < 4) return std::string(pick(scalars));
    if (kind == 4) return object(trait_names, depth + 1);
    std::string out = "[";
    for (std::size_t count = below(4); count > 0; --count) {
        out.append(space()).append(value(depth + 1)).append(count > 1 ? "," : "");
    }
    out.append(space()).append("]");
    return out;
}

std::string RandomEvent::mutated(std::string text) {
    constexpr std::string_view interesting = "{}[]:,\"\\ \n\t0123456789-+.eEtrufalsn/\x0c\x1a\x7f\xC3\xA9\xFF";
    for (std::size_t times = 1 + below(3); times > 0 && !text.empty(); --times) {
        const std::size_t at = below(text.size());
        const char c = chance(4) ? static_cast<char>(below(256)) : interesting[below(interesting.size())];
        switch (below(4)) {
            case 0: text[at] = c; break;
            case 1: text.insert(at, 1, c); break;
            case 2: text.erase(at, 1 + below(3)); break;
            default: text.insert(below(text.size()), text.substr(at, 1 + below(8))); break;
        }
    }
    return text;
}

Options random_options(RandomEvent& random) {
    const auto flag = [&random] { return random.below(2) == 0; };
    Options options;
    options.api_version = flag() ? ApiVersion::v1 : ApiVersion::v2;
    options.created_at = flag() ? CreatedAt::event_time : CreatedAt::omit;
    options.identify_anonymous = flag();
    options.batch_anonymous = flag();
    options.event_dedupe_id = flag();
    if (flag()) options.device_token_event_name = "u1";
    options.user_id_type = static_cast<UserIdType>(random.below(4));
    if (flag()) options.semantic_events = SemanticEvents(random.below(1U << semantic_event_names.size()));
    options.convert_dates = flag();
    options.relationships = flag();
    options.screen_events = flag() ? ScreenEvents::event : ScreenEvents::screen;
    options.device_attributes = flag();
    return options;
}

}  // namespace pintle::customerio
