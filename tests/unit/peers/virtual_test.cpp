// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual VTEP addresses and MACs.
#include "peers/virtual.hpp"

#include <gtest/gtest.h>

namespace nvi::peers {
namespace {

Address address(const char* text) {
    return *Address::parse(text);
}

TEST(Virtual, Vtep) {
    const Prefix range = *Prefix::parse("100.64.0.0/10");
    EXPECT_EQ(vtep_of(range, address("10.0.0.7")), address("100.64.0.7"));
    EXPECT_EQ(vtep_of(range, address("10.1.2.3")), address("100.65.2.3"));
    EXPECT_EQ(vtep_of(range, address("10.64.0.7")), address("100.64.0.7"));
    EXPECT_EQ(vtep_of(range, address("192.168.255.254")), address("100.104.255.254"));
    EXPECT_EQ(vtep_of(*Prefix::parse("198.18.0.0/16"), address("10.1.2.3")), address("198.18.2.3"));
}

TEST(Virtual, Mac) {
    EXPECT_EQ(mac_of(address("10.0.0.7")).str(), "02:4e:0a:00:00:07");
}

}  // namespace
}  // namespace nvi::peers
