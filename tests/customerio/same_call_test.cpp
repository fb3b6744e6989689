// A v1 request and the v2 item of the same event state the same facts: each is read back into one plain form.
#include <random>
#include <string>

#include "mapping_testing.hpp"
#include "pintle/base/http_message.hpp"
#include "random_event.hpp"
#include "settings.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

std::string decoded(std::string_view part) {
    std::string out;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '%') {
            out += part[i];
            continue;
        }
        out += static_cast<char>(std::stoi(std::string(part.substr(i + 1, 2)), nullptr, 16));
        i += 2;
    }
    return out;
}

// Whatever kind of identifier it is. v1's path takes a `cio_` id with its prefix.
std::string person_of(const json& identifiers) {
    if (identifiers.contains("cio_id")) return "cio_" + identifiers.at("cio_id").get<std::string>();
    return identifiers.begin()->get<std::string>();
}

void move_out(json& from, const char* name, json& to, const char* as) {
    if (!from.contains(name)) return;
    to[as] = from.at(name);
    from.erase(name);
}

json facts_of_v1(const HttpRequest& request) {
    json body = request.body.empty() ? json::object() : json::parse(request.body);
    json facts;
    std::vector<std::string> fields;
    for (std::size_t at = 0; at != std::string::npos; at = request.path.find('/', at + 1)) {
        fields.push_back(
            decoded(std::string_view(request.path).substr(at + 1, request.path.find('/', at + 1) - at - 1)));
    }
    if (fields[2] == "merge_customers") {
        return {{"is", "merge"}, {"primary", body.at("primary")}, {"secondary", body.at("secondary")}};
    }
    if (fields[1] == "v2") return {{"is", "object"}, {"item", body.at("batch").at(0)}};
    if (fields.back() == "suppress" || fields.back() == "unsuppress")
        return {{"is", fields.back()}, {"person", fields[3]}};
    if (fields.size() == 4 && request.method == "DELETE") return {{"is", "delete"}, {"person", fields[3]}};
    if (fields[2] == "customers") facts["person"] = fields[3];
    if (fields.size() == 4) {
        facts["is"] = "identify";
        move_out(body, "_timestamp", facts, "time");
        const json relationships = body.value("cio_relationships", json());
        if (relationships.is_object() && relationships.value("action", json()) == "add_relationships") {
            facts["relationships"] = relationships.at("relationships");
            body.erase("cio_relationships");
        }
        facts["attributes"] = body;
    } else if (fields.size() > 4 && fields[4] == "devices") {
        facts["is"] = request.method == "DELETE" ? "delete_device" : "add_device";
        if (request.method == "DELETE") {
            facts["token"] = fields[5];
            return facts;
        }
        facts["device"] = body.at("device");
    } else {
        facts["is"] = body.at("type");
        for (const char* name : {"name", "id", "anonymous_id"}) move_out(body, name, facts, name);
        move_out(body, "timestamp", facts, "time");
        facts["attributes"] = body.value("data", json::object());
    }
    return facts;
}

// v1 puts a device's own facts among its properties, where they win; v2 keeps the two apart.
json device_of(const json& device) {
    json facts = device.value("attributes", json::object());
    facts["id"] = device.at("token");
    for (const char* name : {"last_used", "platform"}) {
        if (device.contains(name)) facts[name] = device.at(name);
    }
    return facts;
}

json facts_of_v2(const HttpRequest& request) {
    json item = json::parse(request.body).at("batch").at(0);
    if (item.at("type") == "object") return {{"is", "object"}, {"item", item}};
    const std::string action = item.at("action");
    if (action == "merge")
        return {{"is", action}, {"primary", item.at("primary")}, {"secondary", item.at("secondary")}};
    json facts{{"is", action}};
    if (item.at("identifiers").contains("anonymous_id")) {
        facts["anonymous_id"] = item.at("identifiers").at("anonymous_id");
    } else {
        facts["person"] = person_of(item.at("identifiers"));
    }
    if (action == "delete_device") {
        facts["token"] = item.at("device").at("token");
        return facts;
    }
    if (action == "add_device") {
        facts["device"] = device_of(item.at("device"));
        return facts;
    }
    if (action == "delete" || action == "suppress" || action == "unsuppress") return facts;
    move_out(item, "timestamp", facts, "time");
    move_out(item, "cio_relationships", facts, "relationships");
    for (const char* name : {"name", "id"}) move_out(item, name, facts, name);
    facts["attributes"] = item.value("attributes", json::object());
    return facts;
}

TEST(SameFacts, AreInAV1RequestAndTheV2ItemOfAnEvent) {
    const auto seed = test_setting("PINTLE_TEST_SEED", 1);
    SCOPED_TRACE("PINTLE_TEST_SEED=" + std::to_string(seed));
    RandomEvent random(seed);
    int compared = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::string event = random.event();
        Options options = random_options(random);
        options.batch_anonymous = true;
        options.device_attributes = false;  // v1 has them apart from the properties
        options.api_version = ApiVersion::v1;
        const Outcome one = map_event(event, options);
        options.api_version = ApiVersion::v2;
        const Outcome two = map_event(event, options);
        if (!two.refusal.empty() && one.refusal.empty()) {
            EXPECT_EQ(two.refusal, "batch item is larger than 32 KB") << event;
            continue;
        }
        ASSERT_EQ(one.refusal, two.refusal) << event;
        if (!one.refusal.empty()) continue;
        ++compared;
        ASSERT_EQ(two.request.path, "/api/v2/batch");
        json facts = facts_of_v1(one.request);
        const json others = facts_of_v2(two.request);
        // A trait of that name stands in v1's place for the time where the event has none.
        if (facts.at("is") == "identify" && !others.contains("time")) facts.erase("time");
        ASSERT_EQ(facts, others) << event;
    }
    EXPECT_GT(compared, 5'000);
}

}  // namespace
}  // namespace pintle::customerio
