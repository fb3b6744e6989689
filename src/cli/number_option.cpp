#include "number_option.hpp"

#include <cmath>
#include <cstdint>
#include <string>

#include "pintle/config/values.hpp"

namespace pintle::cli {
namespace {

// Nothing where the text is something else. A sign is not part of a whole number.
bool read(const std::string& text, std::uint64_t& number) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9' && CLI::detail::lexical_cast(text, number);
}

CLI::Validator whole_number_from(std::uint64_t least) {
    const auto check = [least](const std::string& text) {
        std::uint64_t number = 0;
        if (read(text, number) && number >= least) return std::string();
        return config::in_quotes(text) + " is not a whole number from " + std::to_string(least);
    };
    return {check, ""};
}

CLI::Validator number(bool (*is_allowed)(double), const char* allowed) {
    const auto check = [=](const std::string& text) {
        double number = 0;
        if (CLI::detail::lexical_cast(text, number) && std::isfinite(number) && is_allowed(number))
            return std::string();
        return config::in_quotes(text) + " is not a number " + allowed;
    };
    return {check, ""};
}

}  // namespace

CLI::Validator whole_number() {
    return whole_number_from(0);
}

CLI::Validator whole_number_from_1() {
    return whole_number_from(1);
}

CLI::Validator number_from_0() {
    return number([](double number) { return number >= 0; }, "from 0");
}

CLI::Validator number_above_0() {
    return number([](double number) { return number > 0; }, "above 0");
}

}  // namespace pintle::cli
