#include "pintle/json/validator.hpp"

#include "scalars.hpp"

namespace pintle::json {

bool is_valid_scalar(const Tokens& tokens, std::size_t token) noexcept {
    if (token == tokens.count()) return false;
    const std::string_view text = tokens.text({token, token + 1});
    switch (text.front()) {
        case '"': return has_valid_escapes(text.substr(1, text.size() - 2));
        case 't': return text == "true";
        case 'f': return text == "false";
        case 'n': return text == "null";
        default: return is_json_number(text);
    }
}

void Validator::begin(const Tokens& tokens, std::size_t token, std::size_t levels,
                      std::span<const std::string_view> names) {
    tokens_ = &tokens;
    at_ = token;
    levels_ = levels;
    depth_ = 0;
    objects_ = 0;
    expected_ = Expected::value;
    names_ = names;
    values_.assign(names.size(), 0);
}

std::optional<TokenSpan> Validator::member(std::size_t name) const {
    return values_[name] == 0 ? std::nullopt : tokens_->value_at(values_[name]);
}

Validator::Status Validator::check(std::size_t tokens) {
    for (; tokens > 0; --tokens) {
        if (at_ == tokens_->count()) return Status::invalid;
        if (const Status outcome = step(); outcome != Status::more) return outcome;
    }
    return Status::more;
}

Validator::Status Validator::step() {
    const char first = tokens_->first(at_);
    switch (expected_) {
        case Expected::value_or_end: return first == ']' ? close() : read_value(first);
        case Expected::value: return read_value(first);
        case Expected::name_or_end: return first == '}' ? close() : read_name(first);
        case Expected::name: return read_name(first);
        case Expected::comma_or_end: break;
    }
    if (first == (in_object() ? '}' : ']')) return close();
    if (first != ',') return Status::invalid;
    expected_ = in_object() ? Expected::name : Expected::value;
    ++at_;
    return Status::more;
}

Validator::Status Validator::read_value(char first) {
    if (first == '{') return open(true);
    if (first == '[') return open(false);
    if (!is_valid_scalar(*tokens_, at_)) return Status::invalid;
    ++at_;
    expected_ = Expected::comma_or_end;
    return depth_ == 0 ? Status::valid : Status::more;
}

Validator::Status Validator::open(bool is_object) {
    if (depth_ == levels_) return Status::too_deep;
    ++depth_;
    objects_ = objects_ << 1U | (is_object ? 1U : 0U);
    expected_ = is_object ? Expected::name_or_end : Expected::value_or_end;
    ++at_;
    return Status::more;
}

Validator::Status Validator::close() {
    --depth_;
    objects_ >>= 1U;
    expected_ = Expected::comma_or_end;
    ++at_;
    return depth_ == 0 ? Status::valid : Status::more;
}

Validator::Status Validator::read_name(char first) {
    if (first != '"' || tokens_->first(at_ + 1) != ':' || !is_valid_scalar(*tokens_, at_)) return Status::invalid;
    if (depth_ == 1) {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (tokens_->is_string(at_, names_[i])) values_[i] = at_ + 2;
        }
    }
    at_ += 2;
    expected_ = Expected::value;
    return Status::more;
}

}  // namespace pintle::json
