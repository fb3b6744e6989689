#include "json_fragments.hpp"
#include "mapped_call.hpp"
#include "pintle/base/ascii.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/writer.hpp"
#include "semantic_event.hpp"

namespace pintle::customerio {
namespace {

constexpr std::size_t max_anonymous_name = 100;  // bytes of UTF-8; Customer.io's limit
constexpr std::string_view screen_prefix = "Viewed ";
constexpr std::string_view screen_suffix = " Screen";

// At most `size` bytes of `text`, without the beginning of a character that does not fit.
std::string_view cut(std::string_view text, std::size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    return text.substr(0, size);
}

Result<MappedCall> make_track_event(TrackKind occasion, EventName name, const EventFields& fields,
                                    const Options& options) {
    TrackEvent event{.occasion = occasion,
                     .person = find_person(fields, options),
                     .anonymous_id = fields.anonymous_id,
                     .name = name,
                     .properties = fields.properties,
                     .time = fields.time,
                     .message_id = {},
                     .convert_dates = options.convert_dates};
    if (!event.person && !event.anonymous_id) return Reason::event_person_missing;
    if (const auto valid = check_person_id(event.person); !valid) return valid.error();
    if (options.event_dedupe_id) event.message_id = Identifier(fields.message_id);
    return event;
}

bool registers_device(std::string_view event, const Options& options) {
    return event == "Application Installed" || event == "Application Opened" ||
           event == options.device_token_event_name;
}

// The published documentation misspells it.
bool removes_device(std::string_view event) {
    return event == "Application Uninstalled" || event == "Application Unistalled";
}

// A device may be of any platform; an operating system may also be that of a computer, which gets no pushes.
std::string_view find_platform(json::Value context) {
    const std::string_view type = context["device"]["type"].text();
    if (!type.empty()) return type;
    const std::string_view system = context["os"]["name"].text();
    return is_apples_platform(system) || is_in_any_case(system, "android") ? system : std::string_view{};
}

// What an event about a device says of it, if it says enough.
std::optional<Device> find_device(bool removed, const EventFields& fields, const Options& options) {
    const Identifier token(fields.context["device"]["token"]);
    const PersonId person = find_person(fields, options);
    if (!token || !person) return std::nullopt;
    return Device{.removed = removed,
                  .person = person,
                  .token = token,
                  .last_used = fields.time,
                  .platform = find_platform(fields.context),
                  .properties = fields.properties,
                  .context = options.device_attributes ? fields.context : json::Value()};
}

}  // namespace

void EventName::write(bool anonymous, std::string& out) const {
    const std::size_t added = screen_ ? screen_prefix.size() + screen_suffix.size() : 0;
    out += '"';
    if (screen_) out += screen_prefix;
    if (anonymous && given_.text().size() + added > max_anonymous_name) {
        json::write_string_inside(cut(given_.text(), max_anonymous_name - added), out);
    } else {
        out += given_.inside();
    }
    if (screen_) out += screen_suffix;
    out += '"';
}

Result<MappedCall> read_track(const EventFields& fields, const Options& options) {
    const json::Value event = fields.event;
    if (event.text().empty()) return Reason::event_name_missing;
    const auto semantic = find_semantic_event(event.text(), options.semantic_events);
    if (semantic && !is_about_device(*semantic)) return read_semantic_event(*semantic, fields, options);
    const bool removed = semantic ? *semantic == SemanticEvent::device_deleted : removes_device(event.text());
    if (removed || semantic || registers_device(event.text(), options)) {
        if (const auto device = find_device(removed, fields, options)) {
            if (const auto valid = check_person_id(device->person); !valid) return valid.error();
            if (device->token.is_dots()) return Reason::device_token_invalid;
            return *device;
        }
    }
    return make_track_event(TrackKind::track, EventName(Identifier(event), false), fields, options);
}

Result<MappedCall> read_page(const EventFields& fields, const Options& options) {
    const Identifier name = first_identifier(fields.root["name"], fields.properties["url"], fields.properties["path"],
                                             fields.context["page"]["url"]);
    if (!name) return Reason::page_name_missing;
    return make_track_event(TrackKind::page, EventName(name, false), fields, options);
}

Result<MappedCall> read_screen(const EventFields& fields, const Options& options) {
    const Identifier name = first_identifier(fields.event, fields.root["name"], fields.properties["name"]);
    if (!name) return Reason::screen_name_missing;
    const bool is_event = options.screen_events == ScreenEvents::event;
    return make_track_event(is_event ? TrackKind::track : TrackKind::screen, EventName(name, is_event), fields,
                            options);
}

}  // namespace pintle::customerio
