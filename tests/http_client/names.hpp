#pragma once

#include <string>
#include <vector>

namespace pintle::http::client {

// What the system's lookup says of the names that end in `.test`, in this program; all other names are looked up
// really. A name that nobody set does not exist.
namespace names {

void set(const std::string& name, std::vector<std::string> addresses);  // IPv4
void hang(const std::string& name);                                     // the lookup does not return until `release`
void release();
int lookups(const std::string& name);

}  // namespace names
}  // namespace pintle::http::client
