#include "mapping/facts.hpp"

namespace pintle::mapping {

Result<Facts> read_alias(const Parts& parts, const Options& /*options*/) {
    const Alias alias{.primary = find_user_id(parts), .secondary = Identifier(parts.root["previousId"])};
    if (!alias.primary || !alias.secondary) return Reason::alias_ids_missing;
    if (alias.secondary.is_too_long()) return Reason::person_id_too_long;
    if (const auto valid = check_person_id(alias.primary); !valid) return valid.error();
    return alias;
}

}  // namespace pintle::mapping
