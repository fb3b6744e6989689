#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "certificate.hpp"
#include "pintle/base/files.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/sandbox/sandbox.hpp"
#include "service.hpp"

namespace pintle::sandbox {

namespace {

using namespace std::chrono_literals;

constexpr auto drain_limit = 5s;
constexpr std::size_t max_body = 4'000'000;  // above Customer.io's limits, which reject larger requests

std::string url(const SandboxOptions& options, std::uint16_t port) {
    const bool v6 = options.host.find(':') != std::string::npos;
    return (options.tls ? "https://" : "http://") + (v6 ? "[" + options.host + "]" : options.host) + ":" +
           std::to_string(port);
}

// Written under another name first, so that no reader sees a part of the file.
void write_port(const std::string& path, std::uint16_t port) {
    const std::string fresh = path + ".new";
    try {
        files::write(files::create_anew(fresh, 0644), std::to_string(port) + '\n');
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("cannot write " + fresh + ": " + error.what());
    }
    if (std::rename(fresh.c_str(), path.c_str()) != 0) throw std::runtime_error("cannot write " + path);
}

// Stops the io_context when all requests are answered or the time is over.
void finish(boost::asio::io_context& io, http::Server& server, boost::asio::steady_timer& timer,
            std::chrono::steady_clock::time_point deadline) {
    if (server.connections() == 0 || std::chrono::steady_clock::now() > deadline) {
        server.stop();
        io.stop();
        return;
    }
    timer.expires_after(10ms);
    timer.async_wait([&io, &server, &timer, deadline](boost::system::error_code error) {
        if (!error) finish(io, server, timer, deadline);
    });
}

void serve(const SandboxOptions& options) {
    http::ServerOptions listen;
    listen.max_connections = 4096;  // bounds the memory of TLS
    listen.host = options.host;
    listen.port = options.port;
    listen.max_body = max_body;
    listen.drain_grace = 0ms;
    Certificate certificate;
    if (options.tls) {
        certificate = provide_certificate(options.directory, options.names);
        listen.certificate = certificate.leaf;
        listen.key = certificate.key;
    }
    boost::asio::io_context io(1);
    Sandbox sandbox(options, options.quiet ? nullptr : &std::cout);
    http::Server server({&io}, listen, sandbox);
    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    boost::asio::steady_timer timer(io);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (error) return;
        server.drain();
        finish(io, server, timer, std::chrono::steady_clock::now() + drain_limit);
    });
    server.start();
    std::cout << "sandbox listening on " << url(options, server.port()) << std::endl;
    if (options.tls) std::cout << "its certificate is signed by " << certificate.ca << std::endl;
    if (!options.port_file.empty()) write_port(options.port_file, server.port());
    io.run();
}

}  // namespace

int run_sandbox(const SandboxOptions& options) {
    try {
        serve(options);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "pintle sandbox: " << text::shown(error.what()) << '\n';
        return 1;
    }
}

}  // namespace pintle::sandbox
