// SPDX-License-Identifier: GPL-2.0-or-later
// What a transaction sends, byte by byte against what nft sends for the same change (golden/*.hex, made by
// golden/capture). Two differences are wanted:
// - nft names a set by a number as well (NFTA_SET_ELEM_LIST_SET_ID), which is for sets of the same batch; the
// kernel
//   looks for the name first.
// - nft adds an element that is there already without a word; we ask for a refusal (NLM_F_EXCL), as what we
// observed
//   was another ruleset then.
// The frame is not here: nft leaves attributes to the kernel that we send, so that what the kernel gives back
// is what was sent; tests/netns compares both in the kernel.
#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "nft/elements.hpp"
#include "nft/transaction.hpp"

namespace nvi::nft {
namespace {

using Octets = std::vector<uint8_t>;

Octets golden(const std::string& name) {
    std::ifstream file(std::string(GOLDEN) + "/" + name + ".hex");
    EXPECT_TRUE(file) << name;
    Octets bytes;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;)
            bytes.push_back(static_cast<uint8_t>(std::stoul(word, nullptr, 16)));
    }
    return bytes;
}

// The one message between the begin and the end of nft's batch.
Octets message_of(const Octets& batch) {
    Octets found;
    for (size_t at = 0; at + sizeof(nlmsghdr) <= batch.size();) {
        nlmsghdr head{};
        std::memcpy(&head, batch.data() + at, sizeof head);
        const auto first = batch.begin() + static_cast<std::ptrdiff_t>(at);
        if (head.nlmsg_type > NFNL_MSG_BATCH_END) {
            EXPECT_TRUE(found.empty()) << "more than one message";
            found.assign(first, first + static_cast<std::ptrdiff_t>(NLMSG_ALIGN(head.nlmsg_len)));
        }
        at += NLMSG_ALIGN(head.nlmsg_len);
    }
    return found;
}

// Without its sequence number, and without the number of the set.
Octets comparable(const Octets& message) {
    constexpr size_t kBegin = NLMSG_HDRLEN + sizeof(nfgenmsg);
    Octets result(message.begin(), message.begin() + kBegin);
    for (size_t at = kBegin; at + NLA_HDRLEN <= message.size();) {
        nlattr attribute{};
        std::memcpy(&attribute, message.data() + at, sizeof attribute);
        const auto first = message.begin() + static_cast<std::ptrdiff_t>(at);
        const size_t length = NLA_ALIGN(attribute.nla_len);
        if ((attribute.nla_type & NLA_TYPE_MASK) != NFTA_SET_ELEM_LIST_SET_ID)
            result.insert(result.end(), first, first + static_cast<std::ptrdiff_t>(length));
        at += length;
    }
    nlmsghdr head{};
    std::memcpy(&head, result.data(), sizeof head);
    head.nlmsg_len = static_cast<uint32_t>(result.size());
    head.nlmsg_seq = 0;
    head.nlmsg_flags = static_cast<uint16_t>(head.nlmsg_flags & ~NLM_F_EXCL);
    std::memcpy(result.data(), &head, sizeof head);
    return result;
}

std::string hex(const Octets& bytes) {
    std::ostringstream text;
    for (size_t i = 0; i < bytes.size(); ++i) {
        char byte[4];
        std::snprintf(byte, sizeof byte, "%02x%c", bytes[i], i % 16 == 15 ? '\n' : ' ');
        text << byte;
    }
    return text.str();
}

void expect_same(const std::string& name, Transaction& transaction) {
    const auto sent = transaction.messages();
    EXPECT_EQ(hex(comparable({sent.begin(), sent.end()})), hex(comparable(message_of(golden(name))))) << name;
}

void expect_addition(const std::string& name, const Element& element) {
    Transaction transaction;
    transaction.add(element);
    nlmsghdr head{};
    std::memcpy(&head, transaction.messages().data(), sizeof head);
    EXPECT_NE(head.nlmsg_flags & NLM_F_EXCL, 0);
    expect_same(name, transaction);
}

Address address(const char* text) {
    return *Address::parse(text);
}

TEST(NftGolden, Elements) {
    const auto pool = address("203.0.113.21");
    const auto other = address("203.0.113.22");
    const auto prefix = *Prefix::parse("10.0.0.0/24");
    const auto host = address("10.0.0.7");
    const auto outer = address("203.0.113.10");
    expect_addition("zones", zone("gt1001", 1001));
    expect_addition("underlay", underlay(address("172.16.0.1")));
    expect_addition("nodes", node(1001, address("172.16.0.11"), 1001));
    expect_addition("outside", outside("eth0"));
    for (const auto& element : bound(1001, outer)) expect_addition(element.set, element);
    expect_addition("floating_in", floating_in(1001, outer, host));
    expect_addition("floating_in6", floating_in(1001, address("2001:db8::10"), address("fd00::7")));
    expect_addition("floating_out", floating_out(1001, host, outer));
    expect_addition("forward", forward(1001, 6, outer, 8080, host, 80));
    expect_addition("snat_single", snat(1001, prefix, {address("203.0.113.11")}).front());
    expect_addition("snat_slots", snat(1001, prefix, {pool, other}).front());
    expect_addition("snat_block",
                    snat_block(1001, "vrf1001", address("10.0.0.7"), address("203.0.113.21"), 1024, 1279)[2]);
    expect_addition("snat_ports", snat_ports(1001, "vrf1001", address("10.0.0.0"), address("10.0.0.127"),
                                             address("203.0.113.21"), 20000, 29999));
}

TEST(NftGolden, ElementsOfOverlays) {
    const auto machine = address("172.16.0.11");
    expect_addition("gre_nodes", gre_node(1001, machine, 1001));
    expect_addition("ipip_nodes", ipip_node(1001, machine));
    expect_addition("vxlan_vnis", vxlan_vni(1001, 4789, 1001));
    expect_addition("vxlan_nodes", vxlan_node(1001, machine, 4789, 1001));
    expect_addition("vxlan_nodes6", vxlan_node(1001, address("2001:db8::11"), 4789, 1001));
    expect_addition("mss", mss(1001, Family::v4, 1406));
    expect_addition("direct", direct(1001, "gt1001", address("203.0.113.80")));
}

TEST(NftGolden, ElementsOfTheFirewall) {
    for (const auto& element : firewall(1001, Verdict::reject, Verdict::accept, true))
        expect_addition(element.set, element);
    expect_addition("class", firewall_class(1001, address("10.0.0.7"), address("10.0.0.9"), 1));
    const auto from = *Prefix::parse("198.51.100.0/24");
    expect_addition("rules_in", firewall_rule(1001, true, {1, 6, 6, from.first(), from.last(), 8000, 8010},
                                              Verdict::accept, true));
    const auto to = *Prefix::parse("2001:db8::/32");
    expect_addition("rules_out6", firewall_rule(1001, false, {1, 17, 17, to.first(), to.last(), 53, 53},
                                                Verdict::drop, false));
}

TEST(NftGolden, ElementsOfLimits) {
    expect_addition("connections", most_connections(1001, 2000));
    expect_addition("too_fast", most_new_connections(1001, 500));
    expect_addition("fragments", most_fragments(1001, "gt1001", 100));
    expect_addition("limited", limited(1001));
    expect_addition("packets_out", most_packets(1001, false, 9000));
    expect_addition("bytes_in", most_bytes(1001, true, 6250000));
}

TEST(NftGolden, Removals) {
    Transaction element;
    element.remove(bound(1001, address("203.0.113.10")).back());
    expect_same("bound-delete", element);
    Transaction table;
    table.remove_table();
    expect_same("table-delete", table);
}

}  // namespace
}  // namespace nvi::nft
