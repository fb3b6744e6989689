#pragma once

#include <string>
#include <string_view>

namespace pintle::cli {

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
