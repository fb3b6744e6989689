#include "query_text.hpp"

#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace pintle::cli {

std::string encoded(std::string_view text) {
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

void QueryText::add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_.append(std::exchange(any_, true) ? "&" : "?").append(name).append("=");
    text_ += encoded(value);
}

}  // namespace pintle::cli
