#pragma once

#include <nlohmann/json.hpp>

#include "finding.hpp"

// Checks of the bodies of the v1 routes. `body` must be an object.
namespace pintle::sandbox::v1 {

void check_person(const nlohmann::json& body, Findings& findings);
void check_event(const nlohmann::json& body, Findings& findings);
void check_anonymous_event(const nlohmann::json& body, Findings& findings);
void check_device(const nlohmann::json& body, Findings& findings);
void check_metric(const nlohmann::json& body, Findings& findings);   // of a message, as Segment reports it
void check_segment(const nlohmann::json& body, Findings& findings);  // people of a manual segment
void check_merge(const nlohmann::json& body, Findings& findings);

}  // namespace pintle::sandbox::v1
