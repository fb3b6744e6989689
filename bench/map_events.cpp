// Maps one event again and again, so that another program can count what that takes.
// usage: map_events TYPE v1|v2 COUNT
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "events.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"

int main(int argc, char** argv) {
    using namespace pintle;
    if (argc != 4) {
        std::cerr << "usage: map_events TYPE v1|v2 COUNT\n";
        return 2;
    }
    const std::string text = bench::event_of(argv[1]);
    const bool v2 = std::string_view(argv[2]) == "v2";
    customerio::Mapper mapper(
        {.api_version = v2 ? customerio::ApiVersion::v2 : customerio::ApiVersion::v1, .device_token_event_name = {}});
    json::Event event;
    customerio::Mapped mapped;
    for (long left = std::atol(argv[3]); left > 0; --left) {
        if (!event.parse(text) || !mapper.map(event, mapped)) return 1;
    }
    return 0;
}
