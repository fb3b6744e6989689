#include "faults.hpp"

#include <algorithm>
#include <stdexcept>

#include "fields.hpp"

namespace pintle::sandbox {

using nlohmann::json;

namespace {

double number(const std::string& name, const json& value, double most) {
    if (value.is_number() && value.get<double>() >= 0 && value.get<double>() <= most) return value.get<double>();
    throw std::invalid_argument(name + " must be a number from 0 to " + json(most).dump());
}

std::string retry_after(const json& value) {
    if (value.is_null()) return {};
    if (is_integer(value)) return value.dump();
    if (value.is_string()) {
        auto text = value.get<std::string>();
        const bool printable = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
        if (printable) return text;
    }
    throw std::invalid_argument("retry_after must be seconds, a date or null");
}

std::string text(const std::string& name, const json& value) {
    if (value.is_string()) return value.get<std::string>();
    throw std::invalid_argument(name + " must be a string");
}

void update_one(Faults& faults, const std::string& name, const json& value) {
    if (name == "latency_ms") {
        faults.latency = std::chrono::milliseconds(static_cast<std::int64_t>(number(name, value, 3'600'000)));
    } else if (name == "fail_rate") {
        faults.fail_rate = number(name, value, 1);
    } else if (name == "fail_status") {
        if (!is_integer(value) || value < 400 || value > 599) {
            throw std::invalid_argument("fail_status must be an integer from 400 to 599");
        }
        faults.fail_status = value.get<unsigned>();
    } else if (name == "reset_rate") {
        faults.reset_rate = number(name, value, 1);
    } else if (name == "reset_after_rate") {
        faults.reset_after_rate = number(name, value, 1);
    } else if (name == "item_fail_rate") {
        faults.item_fail_rate = number(name, value, 1);
    } else if (name == "rate") {
        faults.rate = number(name, value, 1e9);
    } else if (name == "refuse_text") {
        faults.refuse_text = text(name, value);
    } else if (name == "retry_after") {
        faults.retry_after = retry_after(value);
    } else {
        throw std::invalid_argument(name +
                                    " is not one of latency_ms, fail_rate, fail_status, reset_rate, "
                                    "reset_after_rate, item_fail_rate, rate, refuse_text, retry_after, site_id, "
                                    "api_key");
    }
}

}  // namespace

InjectedFault FaultPlan::draw(TimePoint now) {
    if (chance(faults_.reset_rate)) return InjectedFault::reset;
    if (!take_token(now)) return InjectedFault::throttled;
    if (chance(faults_.fail_rate)) return InjectedFault::failed;
    if (chance(faults_.reset_after_rate)) return InjectedFault::reset_after;
    return InjectedFault::none;
}

void FaultPlan::change(Faults faults) {
    if (faults.rate != faults_.rate) filled_ = TimePoint::min();
    faults_ = std::move(faults);
}

bool FaultPlan::chance(double share) {
    return share > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < share;
}

// A token bucket of one second.
bool FaultPlan::take_token(TimePoint now) {
    if (faults_.rate <= 0) return true;
    const double capacity = std::max(1.0, faults_.rate);
    if (filled_ == TimePoint::min()) {
        tokens_ = capacity;
    } else {
        const std::chrono::duration<double> passed = now - filled_;
        tokens_ = std::min(capacity, tokens_ + passed.count() * faults_.rate);
    }
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

json to_json(const Faults& faults) {
    return {{"latency_ms", faults.latency.count()},
            {"fail_rate", faults.fail_rate},
            {"fail_status", faults.fail_status},
            {"reset_rate", faults.reset_rate},
            {"reset_after_rate", faults.reset_after_rate},
            {"item_fail_rate", faults.item_fail_rate},
            {"rate", faults.rate},
            {"refuse_text", faults.refuse_text},
            {"retry_after", faults.retry_after.empty() ? json(nullptr) : json(faults.retry_after)}};
}

std::string update(Faults& faults, const json& change) {
    if (!change.is_object()) return "a JSON object is needed";
    Faults changed = faults;
    try {
        for (const auto& [name, value] : change.items()) update_one(changed, name, value);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    faults = std::move(changed);
    return {};
}

}  // namespace pintle::sandbox
