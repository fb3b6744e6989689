#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

// A stand-in for Customer.io's Track API, for trials and tests: it accepts and rejects requests by Customer.io's
// published contract and with the same messages, records them, and fails on demand.
namespace pintle::sandbox {

// Injected faults. Shares are from 0 to 1 and drawn for each request.
struct Faults {
    std::chrono::milliseconds latency{0};  // before each response
    double fail_rate = 0;                  // answered with `fail_status`, not accepted
    unsigned fail_status = 500;
    double reset_rate = 0;        // the connection is reset before the request is accepted
    double reset_after_rate = 0;  // the request is accepted, and the connection is reset instead of answered
    double item_fail_rate = 0;    // of valid items of a batch, which are rejected in a 207
    double rate = 0;              // requests a second; further ones get 429. 0: no limit
    std::string refuse_text;      // a request whose body contains it is rejected with 400; empty: none
    std::string retry_after;      // the Retry-After of 429 and `fail_status`; empty: none
};

struct SandboxOptions {
    std::string host = "127.0.0.1";  // an IP address
    std::uint16_t port = 8443;       // 0: any free port
    bool tls = true;
    std::string directory = "./data/sandbox";  // of ca.pem, certificate.pem and key.pem
    std::vector<std::string> names;            // host names in the certificate besides localhost
    std::string port_file;                     // the bound port is written to this file; empty: none
    std::string record;                        // every call is appended to this file; empty: none
    std::string site_id;
    std::string api_key;                // where this or site_id is empty, any credentials are accepted
    bool eu = false;                    // the account's region
    std::size_t keep = 10'000;          // the number of recorded requests
    bool quiet = false;                 // prints no line per request
    std::optional<std::uint64_t> seed;  // of the faults; none: a random one
    Faults faults;
};

// Serves until SIGTERM or SIGINT. Returns the exit code of the process; errors are on stderr.
int run_sandbox(const SandboxOptions& options);

// Adds `pintle sandbox` to the command line; sets `chosen` where it is the chosen command.
void add_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace pintle::sandbox
