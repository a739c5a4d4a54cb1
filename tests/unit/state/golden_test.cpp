// SPDX-License-Identifier: GPL-2.0-or-later
// Each request byte by byte against what iproute2 sends for the same thing (golden/*.hex, made by
// golden/capture). iproute2 leaves chance bytes in the padding behind attributes; they are compared as 0.
// Where we differ on purpose, the test says how and why.
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "gateway/state/interface_address.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/names.hpp"
#include "gateway/state/neighbour.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"
#include "gateway/state/traffic_control.hpp"
#include "gateway/state/vni.hpp"

namespace nvi::state {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes golden(const std::string& name) {
    std::ifstream file(std::string(GOLDEN) + "/" + name + ".hex");
    EXPECT_TRUE(file) << name;
    Bytes bytes;
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;)
            bytes.push_back(static_cast<uint8_t>(std::stoul(word, nullptr, 16)));
    }
    return bytes;
}

Bytes ours(const netlink::Message& message) {
    Bytes bytes(message.bytes().begin(), message.bytes().end());
    // Acknowledgements are asked for by whoever sends it.
    bytes[6] |= NLM_F_ACK;
    return bytes;
}

std::string hex(const Bytes& bytes) {
    std::ostringstream text;
    for (size_t i = 0; i < bytes.size(); ++i) {
        char byte[4];
        std::snprintf(byte, sizeof(byte), "%02x%c", bytes[i], i % 16 == 15 ? '\n' : ' ');
        text << byte;
    }
    return text.str();
}

void zero(Bytes& bytes, std::initializer_list<size_t> at) {
    for (const size_t i : at) bytes.at(i) = 0;
}

Bytes& append(Bytes& bytes, std::initializer_list<uint8_t> more) {
    bytes.insert(bytes.end(), more);
    bytes[0] = static_cast<uint8_t>(bytes.size());
    return bytes;
}

// iproute2 puts a device's lower one in front of its name.
Bytes with_name_first(Bytes bytes) {
    constexpr auto kLower = 40, kName = 48, kBehind = 60;
    std::rotate(bytes.begin() + kLower, bytes.begin() + kName, bytes.begin() + kBehind);
    return bytes;
}

#define EXPECT_BYTES(message, wanted) EXPECT_EQ(hex(ours(message)), hex(wanted))

class Golden : public testing::Test {
  protected:
    Golden() {
        interfaces_.learn("nvi0", 10);
        interfaces_.learn("vrf1001", 11);
        interfaces_.learn("gt1001", 12);
        interfaces_.learn("vx1001", 13);
        interfaces_.learn("gr1001", 14);
        interfaces_.learn("gtshared", 15);
        interfaces_.learn("eth0", 16);
        interfaces_.learn("eth1", 17);
        host_.table = 1001;
        host_.destination = *Prefix::parse("10.0.0.7/32");
        host_.device = "gt1001";
        host_.encap = Encap{1001, Address::parse("172.16.0.11"), true};
        fallback_.table = 1001;
        fallback_.metric = kFallbackMetric;
        fallback_.type = RouteType::unreachable;
        fallback_.destination = Prefix::any(Family::v4);
    }
    static Link gretap() {
        Link link;
        link.name = "gt1001";
        link.kind = GretapLink{1001, *Address::parse("172.16.0.1")};
        link.master = "vrf1001";
        link.mac = Mac::parse("02:6e:76:00:03:e9");
        link.mtu = 1458;
        link.alias = "nvi-gateway acme";
        return link;
    }
    Interfaces interfaces_;
    Route host_;
    Route fallback_;
};

TEST_F(Golden, LinkNvi) {
    Link link;
    link.name = "nvi0";
    link.kind = NviLink{};
    EXPECT_BYTES(create(link, interfaces_), golden("link-nvi"));
    link.kind = NviLink{"eth0"};
    EXPECT_BYTES(create(link, interfaces_), with_name_first(golden("link-nvi-uplink")));
}

TEST_F(Golden, LinkVrf) {
    Link link;
    link.name = "vrf1001";
    link.kind = VrfLink{1001};
    EXPECT_BYTES(create(link, interfaces_), golden("link-vrf"));
}

TEST_F(Golden, LinkGretap) {
    EXPECT_BYTES(create(gretap(), interfaces_), golden("link-gretap"));
}

TEST_F(Golden, LinkGretapByOneDevice) {
    Link link = gretap();
    link.kind = GretapLink{1001, *Address::parse("172.16.0.1"), "eth1"};
    EXPECT_BYTES(create(link, interfaces_), golden("link-gretap-device"));
}

TEST_F(Golden, LinkGre) {
    Link link = gretap();
    link.name = "gr1001";
    link.kind = GreLink{1001, *Address::parse("172.16.0.1")};
    link.mac.reset();
    link.mtu = 1472;
    EXPECT_BYTES(create(link, interfaces_), golden("link-gre"));
}

TEST_F(Golden, LinkSit) {
    Link link = gretap();
    link.name = "si1001";
    link.kind = SitLink{*Address::parse("172.16.0.1"), *Address::parse("172.16.0.11")};
    link.mac.reset();
    link.mtu = 1480;
    EXPECT_BYTES(create(link, interfaces_), golden("link-sit"));
}

TEST_F(Golden, LinkVxlan) {
    Link link = gretap();
    link.name = "vx1001";
    link.kind = VxlanLink{1001, *Address::parse("172.16.0.1"), 4789};
    link.mtu = 1450;
    EXPECT_BYTES(create(link, interfaces_), golden("link-vxlan"));
    EXPECT_BYTES(add_vni(link, interfaces_), golden("vni"));
    link.kind = VxlanLink{1001, *Address::parse("fd00::1"), 4789};
    link.mtu = 1430;
    EXPECT_BYTES(create(link, interfaces_), golden("link-vxlan6"));
}

TEST_F(Golden, LinksShared) {
    Link link;
    link.name = "gtshared";
    link.kind = SharedGretapLink{};
    link.master = "nvi0";
    link.mac = Mac::parse("02:6e:76:01:00:00");
    link.mtu = 1462;
    EXPECT_BYTES(create(link, interfaces_), golden("link-gretap-shared"));
    link.name = "vxshared";
    link.kind = SharedVxlanLink{*Address::parse("172.16.0.1"), 4790};
    link.mac = Mac::parse("02:6e:76:01:00:01");
    link.mtu = 1450;
    EXPECT_BYTES(create(link, interfaces_), golden("link-vxlan-shared"));
}

// A message of the kernel's with one VNI, with a range, and with several.
TEST_F(Golden, VnisRead) {
    const auto read = [](Bytes bytes) { return decode_vni(netlink::MessageView(bytes)); };
    Bytes one = golden("vni");
    ASSERT_TRUE(read(one));
    EXPECT_EQ(read(one)->index, 13U);
    EXPECT_EQ(read(one)->vni, 1001U);
    Bytes several = one;
    several.insert(several.end(), one.end() - 12, one.end());
    EXPECT_EQ(read(several)->vni, 0U);
    Bytes range = one;
    range[24] = 20;  // the entry is longer by its end
    range.insert(range.end(), {8, 0, 2, 0, 0xf0, 3, 0, 0});
    EXPECT_EQ(read(range)->vni, 0U);
}

// iproute2 cannot set a device's IPv4 settings; and we set all that can be set in one request.
TEST_F(Golden, LinkSettings) {
    const Bytes theirs = golden("link-settings");
    const Bytes mine = ours(settings(gretap(), true, interfaces_));
    Bytes wanted(theirs.begin(), theirs.begin() + 32);
    append(wanted, {8, 0, IFLA_MASTER, 0, 11, 0, 0, 0});
    append(wanted, {10, 0, IFLA_ADDRESS, 0, 2, 0x6e, 0x76, 0, 3, 0xe9, 0, 0});
    append(wanted, {8, 0, IFLA_MTU, 0, 0xb2, 5, 0, 0});
    append(wanted, {8, 0, IFLA_GROUP, 0, 110, 0, 0, 0});
    wanted.insert(wanted.end(), theirs.begin() + 32, theirs.begin() + 52);  // the alias
    append(wanted, {56, 0, IFLA_AF_SPEC, 0, 40, 0, AF_INET, 0, 36, 0, IFLA_INET_CONF, 0});
    append(wanted, {8, 0, 6, 0, 0, 0, 0, 0});                        // send_redirects 0
    append(wanted, {8, 0, 20, 0, 1, 0, 0, 0});                       // promote_secondaries 1
    append(wanted, {8, 0, 23, 0, 1, 0, 0, 0});                       // accept_local 1
    append(wanted, {8, 0, 8, 0, 2, 0, 0, 0});                        // rp_filter 2
    wanted.insert(wanted.end(), theirs.begin() + 56, theirs.end());  // address generation
    append(wanted, {});
    EXPECT_EQ(hex(mine), hex(wanted));
}

// Setting a MAC that a device has would cost it its neighbours.
TEST_F(Golden, LinkSettingsSayWhatDiffers) {
    const Link wanted = gretap();
    Link was = wanted;
    was.alias = "nvi-gateway other";
    const Bytes all = ours(settings(wanted, true, interfaces_));
    const Bytes same = ours(settings(wanted, &was, true, interfaces_));
    EXPECT_EQ(same.size(), all.size() - 8 - 12 - 8);  // master, MAC, MTU
    EXPECT_EQ(ours(settings(wanted, nullptr, true, interfaces_)).size(), same.size() - 8);  // group
    was.mtu = 1400;
    EXPECT_EQ(ours(settings(wanted, &was, true, interfaces_)).size(), same.size() + 8);
}

TEST_F(Golden, LinkUpDownDelete) {
    EXPECT_BYTES(set_up(gretap(), true, interfaces_), golden("link-up"));
    EXPECT_BYTES(set_up(gretap(), false, interfaces_), golden("link-down"));
    EXPECT_BYTES(remove(gretap(), interfaces_), golden("link-delete"));
}

// Another group: deleting 110 would take all.
TEST_F(Golden, LinkDeleteGroup) {
    Bytes wanted = golden("link-delete-group");
    const uint32_t group = kVictims;
    std::memcpy(wanted.data() + 36, &group, sizeof(group));
    EXPECT_BYTES(remove_victims(), wanted);
}

TEST_F(Golden, QdiscNoqueue) {
    EXPECT_BYTES(set_noqueue(gretap(), interfaces_), golden("qdisc-noqueue"));
}

TEST_F(Golden, QdiscOfTheBlock) {
    EXPECT_BYTES(enter_block(gretap(), interfaces_), golden("qdisc-block"));
    EXPECT_BYTES(leave_block(gretap(), interfaces_), golden("qdisc-block-delete"));
}

// iproute2 says of the tunnel's checksum, too, which only a key that is set has.
TEST_F(Golden, Filters) {
    const auto wanted = [](const char* name) {
        constexpr auto kCheck = 84, kSize = 8;
        Bytes bytes = golden(name);
        bytes.erase(bytes.begin() + kCheck, bytes.begin() + kCheck + kSize);
        for (const size_t length : {0, 52, 56, 60, 80}) bytes.at(length) -= kSize;  // of what it is in
        return bytes;
    };
    EXPECT_BYTES(add(Filter{Family::v4}), wanted("filter-4"));
    EXPECT_BYTES(add(Filter{Family::v6}), wanted("filter-6"));
}

// iproute2 6.1 cannot say IFA_PROTO.
TEST_F(Golden, Addresses) {
    InterfaceAddress address{"gt1001", 1001, *Prefix::parse("10.0.0.1/24")};
    Bytes wanted = golden("address-4");
    EXPECT_BYTES(add(address, interfaces_), append(wanted, {5, 0, IFA_PROTO, 0, 110, 0, 0, 0}));
    EXPECT_BYTES(remove(address, interfaces_), golden("address-4-delete"));
    address.address = *Prefix::parse("2001:db8::1/64");
    wanted = golden("address-6");
    EXPECT_BYTES(add(address, interfaces_), append(wanted, {5, 0, IFA_PROTO, 0, 110, 0, 0, 0}));
}

TEST_F(Golden, RouteHost) {
    Bytes wanted = golden("route-host");
    zero(wanted, {66, 67, 74, 75});
    EXPECT_BYTES(add(host_, interfaces_), wanted);

    host_.encap->node = Address::parse("172.16.0.12");
    wanted = golden("route-host-replace");
    zero(wanted, {66, 67, 74, 75});
    EXPECT_BYTES(replace(host_, interfaces_), wanted);
}

// iproute2 names no type; we do, so that no other route of the same destination is hit.
TEST_F(Golden, RouteDelete) {
    Bytes wanted = golden("route-host-delete");
    wanted.at(23) = RTN_UNICAST;
    EXPECT_BYTES(remove(host_, interfaces_), wanted);
}

TEST_F(Golden, RouteHostToNode6) {
    host_.encap->node = Address::parse("fd00::11");
    EXPECT_BYTES(add(host_, interfaces_), golden("route-host-node6"));
}

TEST_F(Golden, RouteHostVxlan) {
    host_.device = "vx1001";
    host_.encap = Encap{1001, Address::parse("172.16.0.11"), false, Address::parse("172.16.0.1")};
    Bytes wanted = golden("route-host-vxlan");
    zero(wanted, {74, 75});
    EXPECT_BYTES(add(host_, interfaces_), wanted);
    host_.encap = Encap{1001, Address::parse("fd00::11"), false, Address::parse("fd00::1"), true};
    wanted = golden("route-host-vxlan6");
    zero(wanted, {98, 99});
    EXPECT_BYTES(add(host_, interfaces_), wanted);
}

TEST_F(Golden, RouteHostShared) {
    host_.device = "gtshared";
    host_.encap = Encap{1001, Address::parse("172.16.0.11"), true, Address::parse("172.16.0.1")};
    host_.via = host_neighbour(1001, *Mac::parse("02:00:00:00:00:07"));
    Bytes wanted = golden("route-host-shared");
    zero(wanted, {74, 75, 82, 83});
    EXPECT_BYTES(add(host_, interfaces_), wanted);
    const Neighbour next{"gtshared", 1001, *host_.via, *Mac::parse("02:00:00:00:00:07")};
    EXPECT_BYTES(replace(next, interfaces_), golden("neighbour-shared"));
}

TEST_F(Golden, RouteHost6) {
    host_.destination = *Prefix::parse("2001:db8:7::7/128");
    Bytes wanted = golden("route-host6");
    zero(wanted, {78, 79, 86, 87});
    EXPECT_BYTES(add(host_, interfaces_), wanted);
}

TEST_F(Golden, RoutePublic) {
    Route route;
    route.table = kMainTable;
    route.destination = *Prefix::parse("203.0.113.10/32");
    route.device = "nvi0";
    route.encap = Encap{1001, std::nullopt, false};
    Bytes wanted = golden("route-public");
    zero(wanted, {58, 59});
    EXPECT_BYTES(add(route, interfaces_), wanted);
}

TEST_F(Golden, RouteDefault) {
    Route route;
    route.table = 1001;
    route.device = "nvi0";
    route.destination = Prefix::any(Family::v4);
    EXPECT_BYTES(add(route, interfaces_), golden("route-default"));
    route.destination = Prefix::any(Family::v6);
    EXPECT_BYTES(add(route, interfaces_), golden("route-default6"));
}

TEST_F(Golden, RouteFallback) {
    EXPECT_BYTES(add(fallback_, interfaces_), golden("route-fallback"));
    fallback_.destination = Prefix::any(Family::v6);
    EXPECT_BYTES(add(fallback_, interfaces_), golden("route-fallback6"));
}

TEST_F(Golden, RouteBlackhole) {
    Route route;
    route.table = kMainTable;
    route.type = RouteType::blackhole;
    route.destination = *Prefix::parse("203.0.113.0/24");
    EXPECT_BYTES(add(route, interfaces_), golden("route-blackhole"));
}

TEST_F(Golden, Neighbours) {
    Neighbour neighbour{"gt1001", 1001, *Address::parse("10.0.0.7"), *Mac::parse("02:00:00:00:00:07")};
    EXPECT_BYTES(replace(neighbour, interfaces_), golden("neighbour"));
    EXPECT_BYTES(remove(neighbour, interfaces_), golden("neighbour-delete"));
    neighbour.address = *Address::parse("2001:db8:7::7");
    EXPECT_BYTES(replace(neighbour, interfaces_), golden("neighbour6"));
    const Neighbour node{"gr1001", 1001, *Address::parse("10.0.0.7"), {}, Address::parse("172.16.0.11")};
    EXPECT_BYTES(replace(node, interfaces_), golden("neighbour-gre"));
}

TEST_F(Golden, Rules) {
    Rule rule;
    rule.priority = 1000;
    rule.l3mdev = true;
    EXPECT_BYTES(add(rule), golden("rule-l3mdev"));
    rule.family = Family::v6;
    EXPECT_BYTES(add(rule), golden("rule-l3mdev6"));
    Rule local;
    local.priority = 32765;
    local.table = kLocalTable;
    EXPECT_BYTES(add(local), golden("rule-local"));
    local.priority = 0;
    local.foreign = true;
    EXPECT_BYTES(remove(local), golden("rule-local-delete"));
}

}  // namespace
}  // namespace nvi::state
