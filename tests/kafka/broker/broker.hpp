#pragma once

#include <filesystem>
#include <string>

namespace pintle::kafka {

// The script tests/kafka/cluster and one broker that it runs, with the option --secure.
class Broker {
public:
    Broker();
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    bool start();
    bool run(const std::string& command) const;  // a command of the script; returns whether it succeeded

    const std::string& bootstrap() const { return bootstrap_; }
    const std::string& secure_bootstrap() const { return secure_bootstrap_; }  // TLS and SASL
    const std::string& mutual_bootstrap() const { return mutual_bootstrap_; }  // mutual TLS
    std::string certificate(const std::string& name) const { return folder_ / "tls" / name; }

private:
    // The first line that a command of the script prints; empty if it fails.
    std::string output(const std::string& command) const;

    std::filesystem::path folder_;
    std::string bootstrap_;
    std::string secure_bootstrap_;
    std::string mutual_bootstrap_;
};

// The broker of the whole test program, which main starts.
Broker& test_broker();

}  // namespace pintle::kafka
