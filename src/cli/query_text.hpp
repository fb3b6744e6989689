#pragma once

#include <string>
#include <string_view>

namespace pintle::cli {

// Percent-encodes a segment of a path or a parameter's value.
std::string encoded(std::string_view text);

// A path with encoded parameters.
class QueryText {
public:
    explicit QueryText(std::string path) : text_(std::move(path)) {}

    void add(std::string_view name, std::string_view value);  // unless the value is empty

    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    bool any_ = false;
};

}  // namespace pintle::cli
