#include <charconv>
#include <memory>

#include <CLI/CLI.hpp>

#include "number_option.hpp"
#include "pintle/sandbox/sandbox.hpp"

namespace pintle::cli {

namespace {

// Reads `host:port`, `[v6]:port` or `:port`. Returns an error for people, or an empty string.
std::string read_listen(const std::string& text, sandbox::SandboxOptions& options) {
    const std::size_t colon = text.rfind(':');
    std::string wrong = "\"" + text + "\" is not host:port, such as 127.0.0.1:8443 or [::1]:0";
    if (colon == std::string::npos) return wrong;
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, options.port);
    if (error != std::errc() || rest != end) return wrong;
    options.host = host.empty() ? "0.0.0.0" : host;
    return {};
}

// Reads `50ms`, `2s` or `1m`. Returns an error for people, or an empty string.
std::string read_duration(const std::string& text, std::chrono::milliseconds& duration) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    const std::int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1'000 : unit == "m" ? 60'000 : 0;
    if (error != std::errc() || factor == 0 || number < 0 || number > 3'600'000) {
        return "\"" + text + "\" is not a duration of at most an hour, such as 50ms or 2s";
    }
    duration = std::chrono::milliseconds(number * factor);
    return {};
}

template <class Read>
void add_read(CLI::App& command, const std::string& name, const std::string& help, const std::string& type,
              const std::string& default_text, const Read& read) {
    command
        .add_option_function<std::string>(
            name,
            [name, read](const std::string& text) {
                if (const std::string error = read(text); !error.empty()) throw CLI::ValidationError(name, error);
            },
            help)
        ->type_name(type)
        ->default_str(default_text);
}

void add_server_options(CLI::App& command, const std::shared_ptr<sandbox::SandboxOptions>& options) {
    add_read(command, "--listen", "Address to listen on; port 0: any free port", "HOST:PORT", "127.0.0.1:8443",
             [options](const std::string& text) { return read_listen(text, *options); });
    command.add_flag_callback("--plain", [options] { options->tls = false; }, "Serve HTTP instead of HTTPS");
    command
        .add_option("--directory", options->directory, "Directory of the certificate: ca.pem, certificate.pem, key.pem")
        ->type_name("DIR")
        ->capture_default_str();
    command
        .add_option("--name", options->names, "Another host name or IP address for the certificate; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command.add_option("--port-file", options->port_file, "Write the bound port to this file once listening")
        ->type_name("FILE");
    command.add_flag("--quiet", options->quiet, "Do not print requests");
    command
        .add_option("--record", options->record,
                    "Append every call to this file as one line of JSON, before the response; pintle compare reads it")
        ->type_name("FILE");
    command.add_option("--keep", options->keep, "Number of requests that GET /requests can show")
        ->type_name("COUNT")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}))
        ->capture_default_str();
}

void add_account_options(CLI::App& command, const std::shared_ptr<sandbox::SandboxOptions>& options) {
    command.add_option("--site-id", options->site_id, "Required site id; without it any is accepted")->type_name("ID");
    command.add_option("--api-key", options->api_key, "Required API key; without it any is accepted")->type_name("KEY");
    command
        .add_option_function<std::string>(
            "--region", [options](const std::string& region) { options->eu = region == "eu"; }, "The account's region")
        ->type_name("us|eu")
        ->check(CLI::IsMember({"us", "eu"}))
        ->default_str("us");
}

void add_fault_options(CLI::App& command, const std::shared_ptr<sandbox::SandboxOptions>& options) {
    sandbox::Faults& faults = options->faults;
    const CLI::Range share(0.0, 1.0);
    add_read(command, "--latency", "Wait before each response", "DURATION", "0ms",
             [options](const std::string& text) { return read_duration(text, options->faults.latency); });
    command.add_option("--fail-rate", faults.fail_rate, "Share of requests that fail, 0 to 1")
        ->type_name("SHARE")
        ->check(share)
        ->capture_default_str();
    command.add_option("--fail-status", faults.fail_status, "Status of failed requests, 400 to 599")
        ->type_name("STATUS")
        ->check(CLI::Range(400U, 599U))
        ->capture_default_str();
    command
        .add_option("--reset-rate", faults.reset_rate,
                    "Share of connections reset before the request is accepted, 0 to 1")
        ->type_name("SHARE")
        ->check(share)
        ->capture_default_str();
    command
        .add_option("--reset-after-rate", faults.reset_after_rate,
                    "Share of connections reset after the request is accepted, 0 to 1")
        ->type_name("SHARE")
        ->check(share)
        ->capture_default_str();
    command
        .add_option("--item-fail-rate", faults.item_fail_rate,
                    "Share of a batch's items that are rejected in a 207, 0 to 1")
        ->type_name("SHARE")
        ->check(share)
        ->capture_default_str();
    command.add_option("--refuse-text", faults.refuse_text, "Reject requests whose body contains this text, with 400")
        ->type_name("TEXT");
    command.add_option("--rate", faults.rate, "Requests per second; further ones get 429; 0: no limit")
        ->type_name("RATE")
        ->check(number_from_0())
        ->capture_default_str();
    command.add_option("--seed", options->seed, "Seed of the faults; the default is a random one")->type_name("NUMBER");
}

}  // namespace

void add_sandbox_command(CLI::App& app, std::function<int()>& chosen) {
    CLI::App* command = app.add_subcommand("sandbox", "Run a stand-in for Customer.io, for trials and tests");
    const auto options = std::make_shared<sandbox::SandboxOptions>();
    add_server_options(*command, options);
    add_account_options(*command, options);
    add_fault_options(*command, options);
    command->footer(
        "While it runs: GET /requests?limit=N&after=SEQ shows requests, DELETE /requests removes them,\n"
        "GET /stats counts requests, GET /faults shows the faults and the site id that calls need, and\n"
        "PUT /faults {\"latency_ms\":50,\"fail_rate\":0.1,\"api_key\":\"other\",...} changes them.\n"
        "Its certificate covers track.customer.io and track-eu.customer.io: to record what another destination sends, "
        "let\n"
        "these names lead here (/etc/hosts), listen on port 443, and make its process trust ca.pem "
        "(NODE_EXTRA_CA_CERTS,\n"
        "SSL_CERT_FILE).");
    command->callback([options, &chosen] { chosen = [options] { return sandbox::run_sandbox(*options); }; });
}

}  // namespace pintle::cli
