#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "finding.hpp"

// Checks of the operations of v2: an entity, or each item of a batch.
namespace pintle::sandbox::v2 {

void check_entity(const nlohmann::json& item, Findings& findings);

// `person` must be an object that holds exactly one of `allowed`. `where` names it in messages.
void check_one_identifier(const nlohmann::json& person, const std::string& where,
                          std::initializer_list<std::string_view> allowed, Findings& findings);

// The objects that a person belongs to. `list` must be an array.
void check_object_relationships(const nlohmann::json& list, const std::string& where, Findings& findings);

}  // namespace pintle::sandbox::v2
