#include "address_table.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

using boost::asio::ip::make_address;

TEST(AddressTable, CountsTheConnectionsOfEachAddress) {
    AddressTable table(1);
    std::optional<AddressTable::Ticket> one(table.admit(make_address("10.0.0.1")));
    const auto two = table.admit(make_address("10.0.0.1"));
    const auto other = table.admit(make_address("10.0.0.2"));
    EXPECT_EQ(two.count(), 2U);
    EXPECT_EQ(other.count(), 1U);
    one.reset();
    EXPECT_EQ(table.admit(make_address("10.0.0.1")).count(), 2U);
}

TEST(AddressTable, RemovesAnAddressWithItsLastConnection) {
    AddressTable table(2);
    {
        const auto ticket = table.admit(make_address("10.0.0.1"));
    }
    EXPECT_EQ(table.size(), 0U);
}

TEST(AddressTable, CountsAnIpv6NetworkAsOneAddress) {
    AddressTable table(1);
    const auto one = table.admit(make_address("2001:db8:1:2::1"));
    const auto two = table.admit(make_address("2001:db8:1:2:ffff::2"));
    const auto other = table.admit(make_address("2001:db8:1:3::1"));
    EXPECT_EQ(two.count(), 2U);
    EXPECT_EQ(other.count(), 1U);
}

TEST(AddressTable, CountsAMappedIpv4AddressAsIpv4) {
    AddressTable table(1);
    const auto one = table.admit(make_address("::ffff:10.0.0.1"));
    const auto other = table.admit(make_address("::ffff:10.0.0.2"));
    EXPECT_EQ(other.count(), 1U);
    EXPECT_EQ(table.admit(make_address("10.0.0.1")).count(), 2U);
}

}  // namespace
}  // namespace pintle::http
