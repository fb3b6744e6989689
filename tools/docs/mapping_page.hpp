#pragma once

#include <string>

namespace pintle::docs {

// docs/mapping.md from docs/mapping.in.md, whose events are mapped:
//
//     ```event created_at=omit        one event, which the request follows that it becomes, or the reason why there
//                                     is none; the words behind are options of the destination
//     ```events show=timestamp        an event a line, in a table with what became of it: `request` (method and
//                                     path), `reason`, or a member of the request's body
//
// Throws std::runtime_error, with the line, for what cannot be read so.
std::string mapping_page(const std::string& source);

}  // namespace pintle::docs
