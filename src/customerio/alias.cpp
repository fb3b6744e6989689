#include "mapped_call.hpp"
#include "pintle/base/result.hpp"

namespace pintle::customerio {

Result<MappedCall> read_alias(const EventFields& fields, const Options& options) {
    const Alias alias{.primary = find_user(fields, options),
                      .secondary = PersonId(Identifier(fields.root["previousId"]), options.user_id_type)};
    if (!alias.primary || !alias.secondary) return Reason::alias_ids_missing;
    if (alias.secondary.is_too_long()) return Reason::person_id_too_long;
    if (const auto valid = check_person_id(alias.primary); !valid) return valid.error();
    return alias;
}

}  // namespace pintle::customerio
