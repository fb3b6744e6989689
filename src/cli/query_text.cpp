#include "query_text.hpp"

#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace pintle::cli {

void QueryText::add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_.append(std::exchange(any_, true) ? "&" : "?").append(name).append("=");
    text_ += boost::urls::encode({value.data(), value.size()}, boost::urls::unreserved_chars);
}

}  // namespace pintle::cli
