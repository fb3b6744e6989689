#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "pintle/config/config.hpp"

namespace pintle::config {

using Variables = std::map<std::string, std::string>;
using Facts = std::map<std::string, std::string>;

inline Environment environment_of(const Variables& variables) {
    std::vector<std::string> names;
    for (const auto& [name, value] : variables) names.push_back(name);
    const auto get = [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return {};
        return found->second;
    };
    return Environment(get, std::move(names));
}

inline std::vector<std::string> texts(const std::vector<Problem>& problems) {
    std::vector<std::string> all;
    all.reserve(problems.size());
    for (const Problem& problem : problems) all.push_back(problem.text());
    return all;
}

// All that `config` holds, by the path of the key that sets it.
Facts facts_of(const Config& config);

// What differs between the two, as the first has it.
Facts changed(const Facts& now, const Facts& before);

// A folder of its own with a file pintle.yaml; in problems the file is called so, without the folder.
class ConfigTest : public testing::Test {
public:
    ConfigTest();
    ~ConfigTest() override;

protected:
    Loaded load(const std::string& yaml, const Variables& variables = {}, Purpose purpose = Purpose::serve);
    Loaded load_environment(const Variables& variables, Purpose purpose = Purpose::serve) {
        return load_config("", environment_of(variables), purpose);
    }
    std::vector<std::string> problems(const std::string& yaml, Purpose purpose = Purpose::serve,
                                      const Variables& variables = {}) {
        return texts(load(yaml, variables, purpose).problems);
    }
    std::string write(const std::string& name, const std::string& content);  // the file's whole path

    // One source and one destination, on lines 1 to 7; more may follow.
    inline static const std::string minimal =
        "sources:\n"
        "  - write_key: wk\n"
        "    insecure_no_auth: false\n"
        "destinations:\n"
        "  - site_id: s\n"
        "    api_key: k\n"
        "    region: us\n";

private:
    std::filesystem::path folder_;
};

}  // namespace pintle::config
