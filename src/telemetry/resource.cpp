#include "pintle/telemetry/resource.hpp"

#include <array>

#include <unistd.h>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace pintle::telemetry {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

}  // namespace

Resource this_process() {
    return {PINTLE_VERSION, to_string(boost::uuids::random_generator()()), host_name()};
}

}  // namespace pintle::telemetry
