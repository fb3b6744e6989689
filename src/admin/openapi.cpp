#include "openapi.hpp"

#include "embed.hpp"

PINTLE_EMBED(pintle_openapi, PINTLE_OPENAPI_FILE);

namespace pintle::admin {

std::string_view openapi() {
    return {pintle_openapi, pintle_openapi_size};
}

}  // namespace pintle::admin
