#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "admin_client.hpp"
#include "pintle/admin/result.hpp"
#include "pintle/admin/status.hpp"

// What `pintle import --wait` asks the daemon's admin API.
namespace pintle::cli {

// The destinations whose backlog has an event that is at least `age` seconds old, or may have one; and those with a
// dead letter that cannot be read yet.
std::vector<std::string> destinations_behind(const admin::Status& status, double age);

// Waits until each event that was accepted before the call is delivered or dead-lettered, for `timeout` at most.
// Blocks. Returns the destinations that still have such an event.
admin::ApiResult<std::vector<std::string>> await_delivery(const AdminAddress& address,
                                                          std::chrono::milliseconds timeout);

struct LetterReason {
    std::string code;
    std::string message;  // for people
};

// The reasons of the dead letters of the last `age`, by the message id of their events. Of several letters of an event
// the first counts.
admin::ApiResult<std::map<std::string, LetterReason>> letters_by_message_id(const AdminAddress& address,
                                                                            std::chrono::seconds age);

}  // namespace pintle::cli
