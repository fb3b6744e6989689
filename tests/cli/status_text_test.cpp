#include "status_text.hpp"

#include <gmock/gmock.h>

#include "status_documents.hpp"

namespace pintle::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(StatusText, SaysWhatTheCountsCountWhereTheyDoNotAddUp) {
    auto document = status_document();
    auto& events = document["events"];
    events["received"] = 1001;
    EXPECT_THAT(describe_status(read(document), "h:1"), Not(HasSubstr("count once for each destination")));
    events["accepted"] = 1800;  // there is another destination
    EXPECT_THAT(describe_status(read(document), "h:1"), HasSubstr("count once for each destination"));
}

}  // namespace
}  // namespace pintle::cli
