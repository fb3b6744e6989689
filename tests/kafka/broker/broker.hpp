#pragma once

#include <filesystem>
#include <string>

namespace pintle::kafka {

// The script tests/kafka/cluster and one broker that it runs.
class Broker {
public:
    Broker();
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    bool start();
    bool run(const std::string& command) const;  // a command of the script; returns whether it succeeded

    const std::string& bootstrap() const { return bootstrap_; }

private:
    std::filesystem::path folder_;
    std::string bootstrap_;
};

// The broker of the whole test program, which main starts.
Broker& test_broker();

}  // namespace pintle::kafka
