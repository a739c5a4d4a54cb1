// SPDX-License-Identifier: GPL-2.0-or-later
// The boxes that a tenant's rules are made into, against the rules read one after the other.
#include "tenants/firewall.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>
#include <random>

namespace nvi::tenants {
namespace {

struct Packet {
    Direction direction = Direction::in;
    uint8_t protocol{};
    Address remote;
    Address local;
    uint16_t port{};
};

bool among(const std::vector<At<Prefix>>& prefixes, const Address& address) {
    return prefixes.empty() ||
           std::ranges::any_of(prefixes, [&](const auto& prefix) { return prefix.value.contains(address); });
}

// As a person reads them.
Action by_rules(const Tenant& tenant, const Packet& packet) {
    const bool in = packet.direction == Direction::in;
    for (const Rule& rule : tenant.rules) {
        if (rule.direction.value != packet.direction) continue;
        uint8_t protocol = rule.protocol.value;
        if (protocol == IPPROTO_ICMP && !packet.local.is_v4()) protocol = IPPROTO_ICMPV6;
        if (protocol != kAnyProtocol && protocol != packet.protocol) continue;
        if (!rule.ports.empty() && std::ranges::none_of(rule.ports, [&](const auto& range) {
                return range.value.first <= packet.port && packet.port <= range.value.last;
            }))
            continue;
        if (!among(rule.from, in ? packet.remote : packet.local)) continue;
        if (!among(rule.to, in ? packet.local : packet.remote)) continue;
        return rule.action;
    }
    const Firewall policy = tenant.firewall.value_or(Firewall());
    return in ? policy.in : policy.out;
}

// As the kernel looks them up; at most one box may fit.
Action by_boxes(const Tenant& tenant, const CompiledFirewall& compiled, const Packet& packet) {
    uint16_t number = 0;
    for (const auto& each : compiled.classes) {
        if (each.first <= packet.local && packet.local <= each.last) number = each.number;
    }
    const FirewallBox* found = nullptr;
    for (const auto& box : compiled.boxes) {
        const bool fits = box.direction == packet.direction && box.number == number &&
                          box.first_protocol <= packet.protocol && packet.protocol <= box.last_protocol &&
                          box.first_remote <= packet.remote && packet.remote <= box.last_remote &&
                          box.first_port <= packet.port && packet.port <= box.last_port;
        if (!fits) continue;
        EXPECT_EQ(found, nullptr) << "two boxes for one packet";
        found = &box;
    }
    if (found != nullptr) return found->action;
    const Firewall policy = tenant.firewall.value_or(Firewall());
    return packet.direction == Direction::in ? policy.in : policy.out;
}

Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

Rule rule(Direction direction, Action action) {
    Rule result;
    result.direction = {direction, {}};
    result.action = action;
    return result;
}

TEST(FirewallTest, NoRulesNoBoxes) {
    Tenant tenant;
    tenant.firewall.emplace();
    const auto compiled = compile_firewall(tenant);
    EXPECT_TRUE(compiled.boxes.empty());
    EXPECT_TRUE(compiled.classes.empty());
}

TEST(FirewallTest, WhatThePolicyDoesAnywayIsLeftOut) {
    Tenant tenant;
    tenant.rules = {rule(Direction::in, Action::drop), rule(Direction::out, Action::accept)};
    EXPECT_TRUE(compile_firewall(tenant).boxes.empty());
    tenant.rules[0].log = true;
    EXPECT_EQ(compile_firewall(tenant).boxes.size(), 2U);  // a family each
}

TEST(FirewallTest, AnEarlierRuleIsCutOut) {
    Tenant tenant;
    tenant.rules = {rule(Direction::in, Action::drop), rule(Direction::in, Action::accept)};
    tenant.rules[0].from = {{prefix("198.51.100.0/24"), {}}};
    tenant.rules[1].protocol = {IPPROTO_TCP, {}};
    tenant.rules[1].ports = {{{80, 80}, {}}};
    tenant.rules[1].from = {{prefix("198.51.0.0/16"), {}}};
    const auto compiled = compile_firewall(tenant);
    ASSERT_EQ(compiled.boxes.size(), 2U);
    EXPECT_EQ(compiled.boxes[0].last_remote, *Address::parse("198.51.99.255"));
    EXPECT_EQ(compiled.boxes[1].first_remote, *Address::parse("198.51.101.0"));
    EXPECT_EQ(compiled.boxes[1].first_port, 80);
}

TEST(FirewallTest, TooManyBoxesNameTheirRule) {
    Tenant tenant;
    for (int i = 0; i < 70; ++i) {
        Rule one = rule(Direction::in, i % 2 == 0 ? Action::accept : Action::reject);
        one.protocol = {IPPROTO_TCP, {}};
        for (uint16_t port = 0; port < 60; ++port) {
            const auto first = static_cast<uint16_t>(1 + port * 1000 + i);
            one.ports.push_back({{first, static_cast<uint16_t>(first + 500)}, {}});
        }
        one.from = {{Prefix(Address::v4(0x0a000000 + (static_cast<uint32_t>(i) << 8)), 24), {}}};
        tenant.rules.push_back(one);
    }
    const auto compiled = compile_firewall(tenant);
    ASSERT_TRUE(compiled.too_many_from.has_value());
    EXPECT_EQ(*compiled.too_many_from, 68U);  // 69 rules of 60 boxes each are more than 4096
    EXPECT_LE(compiled.boxes.size(), kMostBoxes);
}

// Addresses and ports of a small world, so that random rules meet each other.
class World {
  public:
    explicit World(unsigned seed) : random_(seed) {}
    unsigned below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }

    Prefix some_prefix(Family family, bool local) {
        const unsigned bits = family == Family::v4 ? 32 : 128;
        static constexpr unsigned kShort[] = {0, 4, 1, 2, 3};
        unsigned length = bits - kShort[below(5)];
        if (below(8) == 0) length = 0;
        return Prefix(some_address(family, local), length).network();
    }
    Address some_address(Family family, bool local) {
        static const Address kBase[] = {*Address::parse("198.51.100.0"), *Address::parse("10.0.0.0"),
                                        *Address::parse("2001:db8::"), *Address::parse("fd00::")};
        const Address& base = kBase[(family == Family::v4 ? 0 : 2) + (local ? 1 : 0)];
        std::vector<uint8_t> bytes(base.bytes().begin(), base.bytes().end());
        bytes.back() = static_cast<uint8_t>(below(16));
        if (below(20) == 0) std::ranges::fill(bytes, below(2) == 0 ? 0 : 255);
        return Address::from_bytes(family, bytes);
    }
    uint8_t some_protocol() {
        static constexpr uint8_t kProtocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, kAnyProtocol};
        return kProtocols[below(4)];
    }
    Rule some_rule() {
        Rule result = rule(below(2) == 0 ? Direction::in : Direction::out, static_cast<Action>(below(3)));
        result.protocol = {some_protocol(), {}};
        result.log = below(8) == 0;
        const bool ports = result.protocol.value == IPPROTO_TCP || result.protocol.value == IPPROTO_UDP;
        for (unsigned i = ports ? below(3) : 0; i > 0; --i) {
            const auto first = static_cast<uint16_t>(1 + below(20));
            const uint16_t last = below(4) == 0 ? 65535 : static_cast<uint16_t>(first + below(8));
            result.ports.push_back({{first, last}, {}});
        }
        for (auto* list : {&result.from, &result.to}) {
            const bool local = (list == &result.to) == (result.direction.value == Direction::in);
            for (unsigned i = below(3); i > 0; --i)
                list->push_back({some_prefix(below(3) == 0 ? Family::v6 : Family::v4, local), {}});
        }
        return result;
    }
    Packet some_packet() {
        const Family family = below(3) == 0 ? Family::v6 : Family::v4;
        static constexpr uint8_t kProtocols[] = {IPPROTO_TCP,    IPPROTO_UDP, IPPROTO_ICMP,
                                                 IPPROTO_ICMPV6, 0,           255};
        static constexpr uint16_t kPorts[] = {0, 65535, 443};
        return {.direction = below(2) == 0 ? Direction::in : Direction::out,
                .protocol = kProtocols[below(6)],
                .remote = some_address(family, false),
                .local = some_address(family, true),
                .port = below(8) == 0 ? kPorts[below(3)] : static_cast<uint16_t>(1 + below(30))};
    }

  private:
    std::mt19937 random_;
};

TEST(FirewallTest, BoxesSayWhatTheRulesSay) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        World world(seed);
        Tenant tenant;
        if (world.below(2) == 0)
            tenant.firewall = Firewall{.in = static_cast<Action>(world.below(3)),
                                       .out = static_cast<Action>(world.below(3)),
                                       .log = world.below(2) == 0};
        for (unsigned i = 1 + world.below(12); i > 0; --i) tenant.rules.push_back(world.some_rule());
        const auto compiled = compile_firewall(tenant);
        ASSERT_FALSE(compiled.too_many_from.has_value()) << "seed " << seed;
        for (int i = 0; i < 200; ++i) {
            const Packet packet = world.some_packet();
            ASSERT_EQ(by_boxes(tenant, compiled, packet), by_rules(tenant, packet))
                << "seed " << seed << " packet " << i << " to " << packet.local.str() << " from "
                << packet.remote.str() << " protocol " << +packet.protocol << " port " << packet.port;
        }
    }
}

}  // namespace
}  // namespace nvi::tenants
