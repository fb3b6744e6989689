#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pintle/admin/dead_letters.hpp"

namespace pintle::admin {

using Query = DeadLetterQuery;

// `query` with one field more.
inline Query asks(std::string Query::* field, std::string value, Query query = {}) {
    query.*field = std::move(value);
    return query;
}

inline Query asks_for(std::vector<std::string> letters) {
    Query query;
    query.letters = std::move(letters);
    return query;
}

inline Query asks_for_all(std::size_t limit = 0) {
    Query query;
    query.all = true;
    query.limit = limit;
    return query;
}

}  // namespace pintle::admin
