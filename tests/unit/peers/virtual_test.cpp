// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual VTEP addresses and MACs.
#include "peers/virtual.hpp"

#include <gtest/gtest.h>

#include "peers/bpf/layout.h"

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

// RFC 1071: the sum over the words.
uint16_t sum_of(uint32_t address, uint16_t rest) {
    uint32_t sum = rest + (address & 0xffff) + (address >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(sum + (sum >> 16));
}

TEST(Virtual, ChecksumFollowsTheAddress) {
    for (const uint32_t from : {0x01004064U, 0xffffffffU, 0U, 0x0000ffffU, 0x80007fffU}) {
        for (const uint32_t to : {0x0a6433c6U, 0xffffffffU, 0U, 0xffff0000U, 0x00010001U}) {
            for (const uint32_t rest : {0x4500U, 0xfffeU, 0x1234U, 0x8001U}) {
                const auto other = static_cast<uint16_t>(rest);
                const uint16_t before = ~sum_of(from, other);
                const uint32_t moved = before + nvi_moved(from, to);
                const auto after = static_cast<uint16_t>(moved + (moved >> 16));
                // With its checksum a header sums up to 0xffff.
                EXPECT_EQ(sum_of(to, sum_of(after, other)), 0xffff)
                    << std::hex << from << ' ' << to << ' ' << rest;
            }
        }
    }
}

}  // namespace
}  // namespace nvi::peers
