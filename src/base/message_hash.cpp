#include "pintle/base/message_hash.hpp"

#include <algorithm>

#include "pintle/base/sha256.hpp"

namespace pintle {

MessageHash message_hash(std::string_view source, std::string_view message) noexcept {
    constexpr std::string_view between("\0", 1);
    const auto full = sha256({source, between, message});
    MessageHash hash;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    std::copy_n(full.begin(), hash.size(), hash.begin());
    return hash;
}

}  // namespace pintle
