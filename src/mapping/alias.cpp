#include "mapping/facts.hpp"

namespace pintle::mapping {

Result<Facts> read_alias(const Parts& parts, const Options& /*options*/) {
    const Alias alias{.primary = find_user_id(parts), .secondary = Identifier(parts.root["previousId"])};
    if (!alias.primary || !alias.secondary) return alias_without_ids;
    if (alias.primary.is_too_long() || alias.secondary.is_too_long()) return identifier_too_long;
    return alias;
}

}  // namespace pintle::mapping
