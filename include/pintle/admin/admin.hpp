#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "pintle/admin/backlog.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/admin/erasure.hpp"
#include "pintle/admin/result.hpp"
#include "pintle/admin/status.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/config/config.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// What a reload of the configuration did. With any problem it changed nothing.
struct ReloadResult {
    std::vector<std::string> problems;       // `config/pintle.yaml:14: ...`
    std::vector<std::string> changed;        // fields, such as `destinations[customerio].rate`
    std::vector<std::string> needs_restart;  // fields that differ and stay as they are until the next start
    std::string file = {};                   // absolute; empty: the environment alone
    std::vector<std::string> warnings = {};  // as of `check-config`
};

// What an operator can ask of the daemon. Called on the admin's threads; the calls that may block come one at a time.
class Control {
public:
    virtual ~Control() = default;

    virtual Status status() = 0;                // does not block
    virtual Status full_status() = 0;           // also what the disk and /proc tell; may block
    virtual std::string prometheus_text() = 0;  // a full status in Prometheus' text format; may block

    // Reads the configuration again; may block. The function it returns puts it in force, and is called on the admin's
    // own thread; it may wait for destinations that end.
    virtual std::function<Awaitable<ReloadResult>()> reload() = 0;

    virtual std::string configuration() = 0;  // the one in force, as JSON without secrets

    // The request that `event` becomes, as JSON, or {"error"}; may block, as an event may be large.
    virtual ApiResult<std::string> transform(const std::string& destination, std::string_view event) = 0;

    // Events of a backlog, oldest first; may block.
    virtual ApiResult<BacklogEvents> backlog_events(const BacklogQuery& query) = 0;

    // Take effect before they return; may block. 404 if the destination does not exist, 503 if it does not respond in
    // time. `message` tells people why; empty: a pause that there is already stays as it is. `by` tells who. Both
    // return the operator's pause that there was before.
    virtual ApiResult<std::optional<PauseStatus>> pause(const std::string& destination, std::string message,
                                                        std::string by) = 0;
    virtual ApiResult<std::optional<PauseStatus>> resume(const std::string& destination, std::string by) = 0;

    // Erases the pending events that match, of all destinations or of one: an entry for each. It is called on the
    // admin's own thread and waits without blocking it. 404 if the destination does not exist, 409 if another
    // process delivers one of them, 503 if it does not respond in time or the disk fails; some events may be erased
    // then.
    virtual Awaitable<ApiResult<std::vector<ErasedEvents>>> erase(ErasureQuery query) = 0;

    // Deletes all that a stream without a destination holds, and returns what that was; may block. 404 if there is no
    // such stream, 409 if it belongs to a destination.
    virtual ApiResult<OrphanedStream> discard_stream(const std::string& name) = 0;

    virtual ApiResult<void> set_log_level(const std::string& level) = 0;
};

struct LettersChanged;

struct Access {
    // One of them is required as a Bearer token on /api and /metrics, if there are any.
    std::vector<config::AdminToken> tokens;
    bool redact = false;  // hides the values of events
};

// The operator's routes, which docs/admin-api.json describes. What may block runs on a thread of its own, one call at a
// time. `control`, `dead_letters` and `events` must outlive it.
class Admin final : public http::Handler {
public:
    Admin(Control& control, DeadLetterOperations& dead_letters, events::EventStream& events, Access access);
    ~Admin() override;
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    std::optional<http::Response> on_headers(const http::Request& head, http::Terms& terms) override;
    Awaitable<void> on_request(http::Request& request, http::Response& response) override;
    void on_error(unsigned status, std::string_view reason, http::Response& response) override;

    // Applies from the next request on. Called on the admin's own thread.
    void set_access(Access access);

private:
    struct FailedTokens;

    // Who sends a request.
    struct Operator {
        std::string token;  // its name; empty: it has none
        config::AdminRole role = config::AdminRole::operate;
    };

    std::optional<http::Response> check_token(const http::Request& head, bool operates);
    void log_action(const http::Request& head, std::string_view token_name, const http::Response& response,
                    std::optional<std::uint64_t> count) const;
    void report_failed_token(std::string_view peer, std::chrono::steady_clock::time_point now);
    Awaitable<LettersChanged> answer_api(http::Request& request, Operator by, http::Response& response);

    Control& control_;
    DeadLetterOperations& dead_letters_;
    events::EventStream& events_;
    Access access_;
    std::unique_ptr<FailedTokens> failed_tokens_;
    boost::asio::thread_pool blocking_pool_{1};
};

}  // namespace pintle::admin
