#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

// A stand-in for Customer.io's Track API, for trying and testing: it takes what Customer.io's published contract says
// Customer.io takes, refuses the rest in the same words, remembers what came, and fails on demand.
namespace pintle::sandbox {

// What goes wrong on purpose. All shares are 0 to 1, drawn for each request; several may be set.
struct Faults {
    std::chrono::milliseconds latency{0};  // before each answer
    double fail_rate = 0;                  // answered `fail_status`, not taken
    unsigned fail_status = 500;
    double reset_rate = 0;        // the connection is reset, not taken
    double reset_after_rate = 0;  // taken, then the connection is reset instead of answered
    double item_fail_rate = 0;    // of a batch's items: refused by itself in a 207, though nothing is wrong with it
    double rate = 0;              // requests a second; further ones get 429. 0: no limit
    std::string refuse_text;      // a request whose body holds it is refused whole, 400; empty: none
    std::string retry_after;      // the Retry-After of 429 and `fail_status`; empty: none
};

struct SandboxOptions {
    std::string host = "127.0.0.1";  // an IP address
    std::uint16_t port = 8443;       // 0: any free one
    bool tls = true;
    std::string directory = "./data/sandbox";  // where ca.pem, certificate.pem and key.pem are kept
    std::vector<std::string> names;            // host names in the certificate besides localhost
    std::string port_file;                     // gets the bound port once listening; empty: none
    std::string record;                        // a file that every call is appended to; empty: none
    std::string site_id;
    std::string api_key;                // empty, as site_id: any credentials are taken
    bool eu = false;                    // the account's region
    std::size_t keep = 10'000;          // how many requests are remembered
    bool quiet = false;                 // no line for each request
    std::optional<std::uint64_t> seed;  // of the faults' chance; none: different at each start
    Faults faults;
};

// Serves until SIGTERM or SIGINT. The process's exit code; what went wrong is on stderr.
int run_sandbox(const SandboxOptions& options);

// Adds `pintle sandbox` to the command line; `chosen` is what to run where it was picked.
void add_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace pintle::sandbox
