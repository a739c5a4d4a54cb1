// SPDX-License-Identifier: GPL-2.0-or-later
// Elements: their bytes, their text, and whose they are.
#include "nft/elements.hpp"

#include <gtest/gtest.h>

#include "gateway/net/error.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {
namespace {

Address ip(const char* text) {
    return Address::parse(text).value();
}
Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

std::string hex(const Bytes& bytes) {
    std::string result;
    for (const uint8_t byte : bytes.span()) {
        char digits[3];
        snprintf(digits, sizeof(digits), "%02x", byte);
        result += digits;
    }
    return result;
}

TEST(Element, TextIsAsNftPrintsIt) {
    EXPECT_EQ(text(zone("gt1001", 1001)), "gt1001 : 1001");
    EXPECT_EQ(text(underlay(ip("172.16.0.1"))), "172.16.0.1");
    EXPECT_EQ(text(node(1001, ip("172.16.0.11"), 7)), "172.16.0.11 . 7 comment \"tenant 1001\"");
    EXPECT_EQ(text(vxlan_vni(1001, 4789, 7)), "4789 . 7 comment \"tenant 1001\"");
    EXPECT_EQ(text(vxlan_node(1001, ip("172.16.0.11"), 4789, 7)),
              "172.16.0.11 . 4789 . 7 comment \"tenant 1001\"");
    const auto both = bound(1001, ip("203.0.113.10"));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(text(both[0]), "203.0.113.10 comment \"tenant 1001\"");
    EXPECT_EQ(text(both[1]), "1001 . 203.0.113.10");
    EXPECT_EQ(text(floating_in(1001, ip("203.0.113.10"), ip("10.0.0.7"))), "1001 . 203.0.113.10 : 10.0.0.7");
    EXPECT_EQ(text(floating_out(1001, ip("10.0.0.7"), ip("203.0.113.10"))), "1001 . 10.0.0.7 : 203.0.113.10");
    EXPECT_EQ(text(forward(1001, 6, ip("203.0.113.20"), 8080, ip("10.0.0.7"), 80)),
              "1001 . 203.0.113.20 . tcp . 8080 : 10.0.0.7 . 80");
    EXPECT_EQ(text(floating_in(1001, ip("2001:db8:100::10"), ip("fd00::7"))),
              "1001 . 2001:db8:100::10 : fd00::7");
}

TEST(Element, PoolsWithPorts) {
    const auto block = snat_block(1001, "vrf1001", ip("10.0.0.7"), ip("203.0.113.20"), 1024, 1279);
    ASSERT_EQ(block.size(), 4U);
    EXPECT_EQ(text(block[0]), "vrf1001 . icmp . 10.0.0.7 comment \"tenant 1001\" : 203.0.113.20 . 1024-1279");
    EXPECT_EQ(hex(block[1].data), "cb00711404000000cb00711404ff0000");
    Element element = block[2];
    recognise(element, "tenant 1001");
    EXPECT_EQ(element.tenant, 1001U);
    EXPECT_EQ(text(snat_ports(1001, "vrf1001", ip("10.0.0.0"), ip("10.0.0.127"), ip("203.0.113.20"), 80, 89)),
              "vrf1001 . 0-255 . 10.0.0.0/25 comment \"tenant 1001\" : 203.0.113.20 . 80-89");
    EXPECT_EQ(text(snat_portless(1001, "vrf1001", ip("10.0.0.0"), ip("10.0.0.9"), ip("203.0.113.20"))),
              "vrf1001 . 34-135 . 10.0.0.0-10.0.0.9 comment \"tenant 1001\" : 203.0.113.20 . 1-65535");
    EXPECT_THROW(snat_block(1001, "vrf1001", ip("fd00::7"), ip("203.0.113.20"), 1, 2), Error);
}

TEST(Element, PeeringsAndPublicPrefixes) {
    const auto peer = peering(1001, 1002, prefix("10.1.0.0/24"), prefix("10.2.0.0/24"));
    ASSERT_EQ(peer.size(), 3U);
    EXPECT_EQ(text(peer[0]), "1001");
    EXPECT_EQ(text(peer[1]), "1001 . 10.1.0.0/24 . 10.2.0.0/24 : 0x6e7603e9");
    EXPECT_EQ(text(peer[2]), "1001 . 0x6e7603ea . 10.2.0.0/24 . 10.1.0.0/24");
    EXPECT_EQ(peering(1001, 1002, prefix("fd00:1::/64"), prefix("fd00:2::/64"))[2].key.size(), 40U);
    EXPECT_THROW(peering(1001, 1002, prefix("10.1.0.0/24"), prefix("fd00:2::/64")), Error);
    const auto own = routed(1001, prefix("2001:db8:100:a::/64"));
    ASSERT_EQ(own.size(), 2U);
    EXPECT_EQ(text(own[0]), "2001:db8:100:a::/64 . 0-255 comment \"tenant 1001\"");
    EXPECT_EQ(text(own[1]), "1001 . 2001:db8:100:a::/64");
    EXPECT_THROW(routed(1001, prefix("203.0.113.0/28")), Error);
    for (const auto& element : {peer[0], peer[1], peer[2], own[0], own[1]}) {
        Element observed = element;
        recognise(observed, comment(element));
        EXPECT_EQ(observed.tenant, 1001U) << text(element);
    }
}

TEST(Element, BytesAreThoseOfTheKernelsRegisters) {
    EXPECT_EQ(hex(zone("gt1001", 1001).key), "67743130303100000000000000000000");
    // Host order in a hashed set, network order in an interval set.
    const Element in = floating_in(1001, ip("203.0.113.10"), ip("10.0.0.7"));
    EXPECT_EQ(hex(in.key), "e9030000cb00710a");
    EXPECT_EQ(hex(in.data), "0a000007");
    const Element single = snat(1001, prefix("10.0.0.0/24"), {ip("203.0.113.20")}).front();
    EXPECT_EQ(hex(single.key), "03e900000a000000");
    EXPECT_EQ(hex(single.key_end), "03e900000a0000ff");
    EXPECT_EQ(hex(forward(1001, 6, ip("203.0.113.20"), 8080, ip("10.0.0.7"), 80).key),
              "e9030000cb007114060000001f900000");
    EXPECT_EQ(hex(forward(1001, 6, ip("203.0.113.20"), 8080, ip("10.0.0.7"), 80).data), "0a00000700500000");
    EXPECT_EQ(hex(node(1001, ip("172.16.0.11"), 1001).key), "ac10000b000003e9");
    EXPECT_EQ(hex(vxlan_vni(1001, 4789, 0x010203).key), "12b5000001020300");
    EXPECT_EQ(hex(vxlan_node(1001, ip("fd00::11"), 4789, 0x010203).key),
              "fd00000000000000000000000000001112b5000001020300");
}

TEST(Element, PoolOfSeveralSharesTheSlots) {
    const auto pool =
        snat(1001, prefix("10.0.0.0/24"), {ip("203.0.113.20"), ip("203.0.113.22"), ip("203.0.113.29")});
    ASSERT_EQ(pool.size(), 3U);
    EXPECT_EQ(text(pool[0]), "1001 . 10.0.0.0/24 . 0-84 : 203.0.113.20");
    EXPECT_EQ(text(pool[1]), "1001 . 10.0.0.0/24 . 85-169 : 203.0.113.22");
    EXPECT_EQ(text(pool[2]), "1001 . 10.0.0.0/24 . 170-255 : 203.0.113.29");
    EXPECT_EQ(pool[1].set, "snat_slots");

    std::vector<Address> largest;
    for (uint32_t i = 0; i < 256; ++i) largest.push_back(Address::v4(0xcb007100 + i));
    const auto each = snat(1001, prefix("10.0.0.0/24"), largest);
    EXPECT_EQ(text(each[0]), "1001 . 10.0.0.0/24 . 0 : 203.0.113.0");
    EXPECT_EQ(text(each[255]), "1001 . 10.0.0.0/24 . 255 : 203.0.113.255");
    largest.push_back(ip("203.0.114.0"));
    EXPECT_THROW(snat(1001, prefix("10.0.0.0/24"), largest), Error);
    EXPECT_THROW(snat(1001, prefix("10.0.0.0/24"), {}), Error);
}

TEST(Element, SourcesSpreadOverThePool) {
    std::vector<unsigned> count(3);
    for (uint32_t host = 1; host < 255; ++host) ++count[pool_index(Address::v4(0x0a000000 + host), 3)];
    for (const unsigned hosts : count) EXPECT_NEAR(hosts, 85, 25);
    EXPECT_EQ(pool_index(ip("10.0.0.7"), 1), 0U);
}

TEST(Element, RecognisedByKeyDataOrComment) {
    std::vector<Element> all = bound(1001, ip("203.0.113.10"));
    all.push_back(zone("vrf1001", 1001));
    all.push_back(node(1001, ip("172.16.0.11"), 1));
    all.push_back(floating_out(1001, ip("10.0.0.7"), ip("203.0.113.10")));
    for (const auto& element : snat(1001, prefix("10.0.0.0/8"), {ip("203.0.113.20")})) all.push_back(element);
    for (const auto& element : all) {
        Element observed = element;
        recognise(observed, comment(element));
        EXPECT_EQ(observed, element) << text(element);
        observed.tenant = 1;
        recognise(observed, "");
        EXPECT_EQ(observed.tenant, find_set(element.set)->commented ? 0U : 1001U);
    }
}

TEST(Element, FamiliesAreNotMixed) {
    EXPECT_THROW(floating_in(1001, ip("203.0.113.10"), ip("fd00::7")), Error);
    EXPECT_THROW(snat(1001, prefix("fd00::/64"), {ip("203.0.113.10")}), Error);
    EXPECT_THROW(zone("a-name-of-16-char", 1001), Error);
}

TEST(Element, BytesOfAnotherLengthAreRefused) {
    Element element = zone("gt1001", 1001);
    element.key = Bytes();
    EXPECT_THROW(text(element), Error);
    element.set = "nothing";
    EXPECT_THROW(text(element), Error);
}

}  // namespace
}  // namespace nvi::nft
