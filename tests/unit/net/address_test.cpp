// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses, prefixes and MACs.
#include "gateway/net/address.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

#include "gateway/net/error.hpp"

namespace nvi {
namespace {

TEST(AddressTest, ReadsAndWrites) {
    for (const char* text :
         {"0.0.0.0", "10.0.0.7", "255.255.255.255", "::", "::1", "2001:db8:100::7", "::ffff:192.0.2.1"}) {
        const auto address = Address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->str(), text);
    }
    EXPECT_EQ(Address::parse("2001:DB8:0:0::1")->str(), "2001:db8::1");
}

TEST(AddressTest, RefusesOtherTexts) {
    using namespace std::string_view_literals;
    for (const auto text :
         {""sv, "10.0.0"sv, "10.0.0.300"sv, "010.0.0.1"sv, "0x0a.0.0.1"sv, "10.0.0.1 "sv, " 10.0.0.1"sv,
          "10.0.0.1\0"sv, "10.0.0.1\0x"sv, "localhost"sv, "10.0.0.1/24"sv, "fe80::1%eth0"sv, ":::"sv,
          "1::2::3"sv, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"sv})
        EXPECT_FALSE(Address::parse(text)) << text;
}

TEST(AddressTest, Bytes) {
    const auto address = Address::v4(0x0a000007);
    EXPECT_EQ(address.str(), "10.0.0.7");
    EXPECT_EQ(Address::from_bytes(Family::v4, address.bytes()), address);
    EXPECT_THROW(Address::from_bytes(Family::v6, address.bytes()), Error);
    EXPECT_EQ(Address(), Address::v4(0));
}

TEST(AddressTest, OrderIsByFamilyThenNumber) {
    EXPECT_LT(*Address::parse("9.0.0.0"), *Address::parse("10.0.0.0"));
    EXPECT_LT(*Address::parse("255.0.0.0"), *Address::parse("::"));
}

TEST(AddressTest, Classes) {
    EXPECT_TRUE(Address::parse("0.0.0.0")->is_unspecified());
    EXPECT_TRUE(Address::parse("::")->is_unspecified());
    EXPECT_FALSE(Address::parse("::1")->is_unspecified());
    EXPECT_TRUE(Address::parse("239.1.2.3")->is_multicast());
    EXPECT_FALSE(Address::parse("240.0.0.1")->is_multicast());
    EXPECT_TRUE(Address::parse("ff02::1")->is_multicast());
    EXPECT_TRUE(Address::parse("127.8.0.1")->is_loopback());
    EXPECT_TRUE(Address::parse("::1")->is_loopback());
    EXPECT_FALSE(Address::parse("1::1")->is_loopback());
    EXPECT_TRUE(Address::parse("169.254.0.1")->is_link_local());
    EXPECT_TRUE(Address::parse("febf::1")->is_link_local());
    EXPECT_FALSE(Address::parse("fec0::1")->is_link_local());
}

TEST(PrefixTest, ReadsAndWrites) {
    EXPECT_EQ(Prefix::parse("10.0.0.1/24")->str(), "10.0.0.1/24");
    EXPECT_EQ(Prefix::parse("10.0.0.1")->str(), "10.0.0.1/32");
    EXPECT_EQ(Prefix::parse("2001:db8::/48")->str(), "2001:db8::/48");
    EXPECT_EQ(Prefix::parse("0.0.0.0/0"), Prefix::any(Family::v4));
    EXPECT_EQ(Prefix::parse("::/0"), Prefix::any(Family::v6));
    for (const char* text : {"", "/", "/24", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/024", "10.0.0.1/+4",
                             "10.0.0.1/2 ", "::/129", "10.0.0.1/24/24", "10.0.0.1/0x8", "10.0.0.1/1000"})
        EXPECT_FALSE(Prefix::parse(text)) << text;
}

TEST(PrefixTest, NetworkAndEnds) {
    const auto prefix = *Prefix::parse("10.0.5.9/23");
    EXPECT_EQ(prefix.network().str(), "10.0.4.0/23");
    EXPECT_EQ(prefix.first().str(), "10.0.4.0");
    EXPECT_EQ(prefix.last().str(), "10.0.5.255");
    EXPECT_EQ(Prefix::parse("2001:db8::1/61")->last().str(), "2001:db8:0:7:ffff:ffff:ffff:ffff");
    EXPECT_EQ(Prefix::any(Family::v4).last().str(), "255.255.255.255");
    EXPECT_EQ(Prefix::parse("10.0.0.7/32")->last().str(), "10.0.0.7");
}

TEST(PrefixTest, Contains) {
    const auto prefix = *Prefix::parse("10.0.0.1/24");
    EXPECT_TRUE(prefix.contains(*Address::parse("10.0.0.255")));
    EXPECT_FALSE(prefix.contains(*Address::parse("10.0.1.0")));
    EXPECT_FALSE(prefix.contains(*Address::parse("::")));
    EXPECT_FALSE(Prefix::any(Family::v4).contains(*Address::parse("::")));
    EXPECT_TRUE(prefix.contains(*Prefix::parse("10.0.0.128/25")));
    EXPECT_FALSE(prefix.contains(*Prefix::parse("10.0.0.0/23")));
    EXPECT_TRUE(prefix.overlaps(*Prefix::parse("10.0.0.0/23")));
    EXPECT_FALSE(prefix.overlaps(*Prefix::parse("10.0.1.0/24")));
}

TEST(MacTest, ReadsAndWrites) {
    EXPECT_EQ(Mac::parse("02:00:00:AB:cd:07")->str(), "02:00:00:ab:cd:07");
    EXPECT_TRUE(Mac::parse("01:00:5e:00:00:01")->is_multicast());
    for (const char* text : {"", "02:00:00:00:00", "02:00:00:00:00:07:08", "02-00-00-00-00-07", "2:0:0:0:0:7",
                             "02:00:00:00:00:0g", "0200:00:00:00:007"})
        EXPECT_FALSE(Mac::parse(text)) << text;
}

TEST(HashTest, EqualValuesOnly) {
    std::unordered_set<Prefix> set;
    for (uint32_t i = 0; i < 1000; ++i) set.insert(Prefix::host(Address::v4(i)));
    set.insert(Prefix(Address::v4(5), 24));
    set.insert(Prefix::host(Address::v4(5)));
    EXPECT_EQ(set.size(), 1001U);
}

}  // namespace
}  // namespace nvi
