#include "mapping_testing.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

struct Names {
    std::string user_id;
    std::string email;
    std::string anonymous_id;
    std::string previous_id = {};

    bool operator==(const Names&) const = default;
};

Names names(std::string_view text) {
    json::Event event;
    EXPECT_TRUE(event.parse(text));
    const auto person = read_person(event);
    return {std::string(person.user_id), std::string(person.email), std::string(person.anonymous_id),
            std::string(person.previous_id)};
}

TEST(Person, IsFoundWhereMappingFindsIt) {
    EXPECT_EQ(names(R"({"userId":"u","anonymousId":"a","traits":{"email":"e@x.org"}})"), (Names{"u", "e@x.org", "a"}));
    EXPECT_EQ(names(R"({"context":{"traits":{"id":7,"email":"e@x.org"}}})"), (Names{"7", "e@x.org", ""}));
    EXPECT_EQ(names(R"({"type":"track"})"), (Names{"", "", ""}));
    EXPECT_EQ(names(R"({"type":"alias","userId":"ada","previousId":7})"), (Names{"ada", "", "", "7"}));
}

TEST(Person, IsFoundInEventsThatCannotBeMappedToo) {
    EXPECT_EQ(names(R"({"type":"dance","userId":"u","traits":5,"properties":"none"})"), (Names{"u", "", ""}));
}

}  // namespace
}  // namespace pintle::customerio
