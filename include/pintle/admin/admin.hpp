#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/http/server.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

struct DestinationView {
    std::string name;
    journal::Log log = 0;
    std::uint64_t waiting = 0;  // on disk, not yet delivered
    std::uint64_t under_way = 0;
    std::uint64_t delivered = 0;  // since the start
    std::uint64_t dead = 0;       // since the start
    std::uint64_t retries = 0;
    std::uint64_t replayed = 0;  // dead letters, since the start
    std::uint64_t purged = 0;    // the same
    std::uint64_t letters = 0;   // dead ones that are kept
    std::string held;            // why; empty: it is not held
    WallTime held_since;
    bool failing = false;  // most of the latest attempts failed; it backs off
};

struct View {
    bool draining = false;
    bool journal_has_room = true;
    std::uint64_t connections = 0;
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    std::uint64_t journal_bytes = 0;
    std::vector<DestinationView> destinations;
};

// What came of loading the configuration again. With any problem nothing has changed.
struct Reloaded {
    std::vector<std::string> problems;  // `config/pintle.yaml:14: ...`
    std::vector<std::string> changed;   // fields, as `destinations[customerio].rate`
    std::vector<std::string> kept;      // those that only another start can change
};

// The daemon, as its operator reaches it. Called on an admin thread for each request.
struct Hands {
    std::function<View()> look;
    std::function<std::string()> measure;  // for Prometheus, in its text format; may block for the disk
    std::function<Reloaded()> reload;
};

// The operator's routes: /health, /ready, /metrics, /api/status, /api/reload, /api/dead-letters and its replay, and a
// list of them at /. What may block is done one after another on a thread of its own. The office must outlive it.
class Admin final : public http::Handler {
public:
    // `token`: asked for as a Bearer on /api and /metrics where it is not empty.
    Admin(Hands hands, DeadLetterOffice& office, std::string token);
    ~Admin() override;
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    std::optional<http::Answer> refuse(const http::Request& head) override;
    http::Awaitable<void> handle(http::Request& request, http::Answer& answer) override;
    void fault(unsigned status, std::string_view reason, http::Answer& answer) override;

    // From the next request on; on an admin thread.
    void set_token(std::string token) { token_ = std::move(token); }

private:
    Hands hands_;
    DeadLetterOffice& office_;
    std::string token_;
    boost::asio::thread_pool clerk_{1};
};

}  // namespace pintle::admin
