// SPDX-License-Identifier: GPL-2.0-or-later
// Blocks and shares: computed one way and back.
#include "tenants/blocks.hpp"

#include <gtest/gtest.h>

#include <set>

namespace nvi::tenants {
namespace {

Snat pool(const char* from, const std::vector<const char*>& to) {
    Snat snat;
    snat.from.value = Prefix::parse(from).value();
    for (const char* address : to) snat.to.push_back({Address::parse(address).value(), {}});
    return snat;
}
Address ip(const char* text) {
    return Address::parse(text).value();
}

TEST(Blocks, EachSourceHasItsOwn) {
    Snat snat =
        pool("10.0.0.0/24", {"203.0.113.20", "203.0.113.21", "203.0.113.22", "203.0.113.23", "203.0.113.24"});
    snat.block = At<uint32_t>{1024, {}};
    ASSERT_EQ(source_count(snat), 256U);
    std::set<std::pair<Address, uint16_t>> taken;
    for (uint32_t number = 0; number < source_count(snat); ++number) {
        const Block block = block_of(snat, number);
        EXPECT_EQ(block.ports.size(), 1024U);
        EXPECT_GE(block.ports.first, 1024);
        EXPECT_TRUE(taken.insert({block.address, block.ports.first}).second);
        for (const uint16_t port : {block.ports.first, block.ports.last}) {
            const auto found = block_at(snat, block.address, port);
            ASSERT_TRUE(found);
            EXPECT_EQ(found->source, block.source);
        }
    }
}

TEST(Blocks, AsComputedByHand) {
    Snat snat = pool("10.0.0.0/24", {"203.0.113.20", "203.0.113.21"});
    snat.block = At<uint32_t>{100, {}};
    snat.ports = At<PortRange>{{20000, 32999}, {}};
    // 130 blocks an address; host 7 is block 7 of the first, host 200 block 70 of the second.
    EXPECT_EQ(block_of(snat, 7).address.str(), "203.0.113.20");
    EXPECT_EQ(block_of(snat, 7).ports, (PortRange{20700, 20799}));
    EXPECT_EQ(block_of(snat, 200).address.str(), "203.0.113.21");
    EXPECT_EQ(block_of(snat, 200).ports, (PortRange{27000, 27099}));
    EXPECT_EQ(block_at(snat, ip("203.0.113.21"), 27050)->source.str(), "10.0.0.200");
    // Behind the last source's, in front of the first's, and not of the pool.
    EXPECT_FALSE(block_at(snat, ip("203.0.113.21"), 32650));
    EXPECT_FALSE(block_at(snat, ip("203.0.113.20"), 19999));
    EXPECT_FALSE(block_at(snat, ip("203.0.113.22"), 20700));
}

TEST(Shares, AreEqualPartsInOrder) {
    const auto found = shares(pool("10.0.0.0/24", {"203.0.113.20", "203.0.113.21", "203.0.113.22"}));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].first.str() + "-" + found[0].last.str(), "10.0.0.0-10.0.0.84");
    EXPECT_EQ(found[1].first.str() + "-" + found[1].last.str(), "10.0.0.85-10.0.0.169");
    EXPECT_EQ(found[2].first.str() + "-" + found[2].last.str(), "10.0.0.170-10.0.0.255");
    EXPECT_EQ(found[2].address.str(), "203.0.113.22");
}

TEST(Shares, OfOneSourceAndOfAll) {
    const auto one = shares(pool("10.0.0.7/32", {"203.0.113.20", "203.0.113.21"}));
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].first, one[0].last);
    const auto all = shares(pool("0.0.0.0/0", {"203.0.113.20"}));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].last.str(), "255.255.255.255");
}

}  // namespace
}  // namespace nvi::tenants
