#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::http::client {

using std::chrono::milliseconds;

// A sender and the thread (the test's own) that it runs on.
class ClientFixture {
public:
    explicit ClientFixture(HttpClientOptions options) : sender(io, std::move(options)) {}

    static HttpClientOptions options(std::uint16_t port) {
        HttpClientOptions options;
        options.endpoint = {false, "127.0.0.1", port, ""};
        options.site_id = "site";
        options.api_key = "secret";
        options.user_agent = "pintle/test";
        return options;
    }

    HttpResponse send(std::string_view method, std::string path, std::string body) {
        const auto pending = start(method, std::move(path), std::move(body));
        run_until([&] { return pending->done; });
        return pending->response;
    }
    HttpResponse send() { return send("PUT", "/api/v1/customers/u", R"({"a":1})"); }

    struct Pending {
        HttpRequest request;
        HttpResponse response;
        bool done = false;
    };

    // Begins a request; the answer is there when `done` says so.
    std::shared_ptr<Pending> start(std::string_view method = "PUT", std::string path = "/", std::string body = "{}") {
        auto pending = std::make_shared<Pending>();
        pending->request = {method, std::move(path), std::move(body)};
        boost::asio::co_spawn(io, perform(sender, pending), [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        });
        return pending;
    }

    // Lets the sender work until `condition` holds; the test fails where it does not within 20 s.
    void run_until(const std::function<bool()>& condition) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "the condition does not come true";
            if (io.stopped()) io.restart();
            io.run_one_for(milliseconds{5});
        }
    }

    boost::asio::io_context io;
    HttpClient sender;

private:
    static Awaitable<void> perform(HttpClient& sender, std::shared_ptr<Pending> pending) {
        pending->response = co_await sender.send(pending->request);
        pending->done = true;
    }
};

}  // namespace pintle::http::client
