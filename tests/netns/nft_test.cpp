// SPDX-License-Identifier: GPL-2.0-or-later
// Our table against the running kernel and against the nft program, in an empty network namespace:
//
//   tests/reference/nvi.nft --nft-->  kernel  <--libnftnl-- nft/frame.cpp
//
// Both ways the kernel holds the same, and nft lists the same.
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "gateway/net/error.hpp"
#include "nft/describe.hpp"
#include "nft/elements.hpp"
#include "nft/frame.hpp"
#include "nft/frame_text.hpp"
#include "nft/observe.hpp"
#include "nft/transaction.hpp"
#include "tests/netns/nft_elements.hpp"
#include "tests/netns/nft_program.hpp"

namespace nvi::nft {
namespace {

// What tests/reference/elements.nft has.
std::vector<Element> reference_elements() {
    const Address floating = ip("203.0.113.10");
    std::vector<Element> all{zone("gt1001", 1001),
                             zone("vrf1001", 1001),
                             underlay(ip("172.16.0.1")),
                             outside("eth0"),
                             node(1001, ip("172.16.0.11"), 1001),
                             vxlan_vni(1002, 4789, 1002),
                             vxlan_node(1002, ip("172.16.0.12"), 4789, 1002),
                             gre_node(1003, ip("172.16.0.13"), 1003),
                             ipip_node(1004, ip("172.16.0.14")),
                             shared_key(1005, 1005),
                             mss(1001, Family::v4, 1418),
                             floating_in(1001, floating, ip("10.0.0.7")),
                             floating_out(1001, ip("10.0.0.7"), floating),
                             forward(1001, 6, ip("203.0.113.20"), 8080, ip("10.0.0.7"), 80)};
    append(all, bound(1001, floating));
    append(all, snat(1001, prefix("10.0.0.0/24"), {ip("203.0.113.20")}));
    append(all, snat(1001, prefix("10.0.1.0/24"), {ip("203.0.113.21"), ip("203.0.113.22")}));
    append(all, snat_block(1001, "vrf1001", ip("10.0.2.7"), ip("203.0.113.23"), 1024, 1279));
    append(all,
           {snat_ports(1001, "vrf1001", ip("10.0.3.0"), ip("10.0.3.127"), ip("203.0.113.24"), 20000, 29999),
            snat_portless(1001, "vrf1001", ip("10.0.2.0"), ip("10.0.2.62"), ip("203.0.113.23"))});
    append(all, {most_connections(1001, 2000), most_new_connections(1001, 500), limited(1001),
                 most_bytes(1001, true, 6250001), most_packets(1001, false, 20000),
                 most_fragments(1001, "gt1001", 500)});
    append(all, firewall(1001, Verdict::drop, Verdict::accept, true));
    all.push_back(firewall_class(1001, ip("10.0.0.7"), ip("10.0.0.7"), 1));
    FirewallKey web{.number = 1, .first_protocol = 6, .last_protocol = 6};
    web.first_remote = ip("198.51.100.0");
    web.last_remote = ip("198.51.100.255");
    web.first_port = 80;
    web.last_port = 90;
    all.push_back(firewall_rule(1001, true, web, Verdict::accept, false));
    all.push_back(firewall_rule(1001, true, {.first_remote = ip("192.0.2.0"), .last_remote = ip("192.0.2.9")},
                                Verdict::reject, false));
    FirewallKey mail{.first_protocol = 6, .last_protocol = 6};
    mail.first_remote = ip("::");
    mail.last_remote = ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    mail.first_port = mail.last_port = 25;
    all.push_back(firewall_rule(1001, false, mail, Verdict::drop, false));
    return sorted(all);
}

class NftTest : public testing::Test {
  protected:
    void SetUp() override {
        if (std::system("nft list tables >/dev/null 2>&1") != 0)
            FAIL() << "the nft program does not work here";
        run("nft flush ruleset");
    }
    void TearDown() override { run("nft flush ruleset"); }

    void load_frame(const std::vector<Element>& with = {}) {
        Transaction transaction;
        transaction.add_frame();
        for (const auto& element : with) transaction.add(element);
        transaction.commit(socket_, generation(socket_));
    }

    netlink::Socket socket_ = netlink::Socket::open(NETLINK_NETFILTER);
};

TEST_F(NftTest, NothingThere) {
    const Observed observed = observe(socket_);
    EXPECT_EQ(observed.ruleset.frame, "");
    EXPECT_TRUE(observed.ruleset.elements.empty());
    EXPECT_TRUE(counters(socket_).empty());
    EXPECT_TRUE(observe_frame(socket_).empty());
}

TEST_F(NftTest, FrameIsTheReference) {
    run("nft -f " NVI_SOURCE "/tests/reference/nvi.nft");
    const auto reference = observe_frame(socket_);
    const std::string reference_list = run("nft list ruleset");
    run("nft flush ruleset");

    load_frame();
    EXPECT_EQ(observe_frame(socket_), reference);
    EXPECT_EQ(run("nft -s list ruleset"), [&] {
        run("nft flush ruleset");
        run("nft -f " NVI_SOURCE "/tests/reference/nvi.nft");
        return run("nft -s list ruleset");
    }());
}

TEST_F(NftTest, KernelGivesBackWhatWasSent) {
    load_frame();
    EXPECT_EQ(observe_frame(socket_), describe(frame_objects()));
    EXPECT_EQ(observe(socket_).ruleset.frame, frame_digest());
}

TEST_F(NftTest, TextMakesTheSame) {
    load_frame();
    const auto objects = observe_frame(socket_);
    run("nft flush ruleset");
    load(frame_text());
    EXPECT_EQ(observe_frame(socket_), objects);
}

TEST_F(NftTest, ElementsAreTheReference) {
    run("nft -f " NVI_SOURCE "/tests/reference/nvi.nft");
    run("nft -f " NVI_SOURCE "/tests/reference/elements.nft");
    const auto theirs = observe(socket_).ruleset.elements;
    const std::string listed = run("nft list ruleset");
    run("nft flush ruleset");
    EXPECT_EQ(theirs, reference_elements());

    load_frame(reference_elements());
    EXPECT_EQ(observe(socket_).ruleset.elements, theirs);
    const std::string ours = run("nft list ruleset");
    for (const auto& element : reference_elements()) {
        // nft lists keys without a name in hexadecimal, and names in quotes.
        static const std::set<std::string_view> kOtherwise{
            "nodes",      "shared_keys", "gre_nodes", "vxlan_nodes", "zones",
            "vxlan_vnis", "outside",     "fragments", "snat_block",  "snat_ports"};
        if (kOtherwise.contains(element.set)) continue;
        EXPECT_NE(ours.find(text(element)), std::string::npos) << text(element) << "\n" << ours;
        EXPECT_NE(listed.find(text(element)), std::string::npos) << text(element) << "\n" << listed;
    }
}

TEST_F(NftTest, OneTransactionRemovesAddsAndReplaces) {
    load_frame(reference_elements());
    auto now = observe(socket_);

    Transaction transaction;
    const Element old = floating_in(1001, ip("203.0.113.10"), ip("10.0.0.7"));
    const Element moved = floating_in(1001, ip("203.0.113.10"), ip("10.0.0.8"));
    const Element pool = snat(1001, prefix("10.0.0.0/24"), {ip("203.0.113.20")}).front();
    const Element other_pool = snat(1001, prefix("10.0.0.0/24"), {ip("203.0.113.29")}).front();
    const Element six = floating_in(1002, ip("2001:db8:100::1"), ip("fd00::7"));
    transaction.remove(old);
    transaction.remove(pool);
    transaction.remove(zone("gt1001", 1001));
    transaction.add(moved);
    transaction.add(other_pool);
    transaction.add(six);
    transaction.commit(socket_, now.generation);

    now = observe(socket_);
    auto wanted = reference_elements();
    std::erase(wanted, old);
    std::erase(wanted, pool);
    std::erase(wanted, zone("gt1001", 1001));
    append(wanted, {moved, other_pool, six});
    EXPECT_EQ(now.ruleset.elements, sorted(wanted));

    // Frame and all in one go.
    Transaction replacement;
    replacement.remove_table();
    replacement.add_frame();
    for (const auto& element : reference_elements()) replacement.add(element);
    replacement.commit(socket_, now.generation);
    now = observe(socket_);
    EXPECT_EQ(now.ruleset.elements, reference_elements());
    EXPECT_EQ(now.ruleset.frame, frame_digest());

    Transaction end;
    end.remove_table();
    end.commit(socket_, now.generation);
    EXPECT_EQ(run("nft list ruleset"), "");
}

TEST_F(NftTest, ObservesOneTenantByItsKeys) {
    auto all = tenant(1001);
    append(all, tenant(1002));
    load_frame(all);
    auto wanted = tenant(1002);
    append(wanted, tenant(1003));
    // A narrower prefix in an interval set is another element.
    append(wanted, snat(1002, prefix("10.0.0.0/25"), {ip("203.0.113.1")}));
    const auto found = observe_elements(socket_, wanted);
    EXPECT_EQ(found.ruleset.elements, sorted(tenant(1002)));
    EXPECT_EQ(found.ruleset.frame, frame_digest());
    EXPECT_EQ(found.generation, generation(socket_));

    run("nft delete table inet nvi");
    EXPECT_TRUE(observe_elements(socket_, wanted).ruleset.elements.empty());
}

TEST_F(NftTest, RefusalNamesTheElement) {
    load_frame(tenant(1001));
    const auto before = observe(socket_);
    Transaction transaction;
    for (const auto& element : tenant(1002)) transaction.add(element);
    transaction.add(floating_in(1003, ip("203.0.113.1"), ip("10.0.0.7")));
    transaction.add(tenant(1001)[3]);  // is there
    transaction.add(floating_in(1004, ip("203.0.113.1"), ip("10.0.0.7")));
    try {
        transaction.commit(socket_, before.generation);
        FAIL() << "adding what is there";
    } catch (const TransactionError& error) {
        EXPECT_EQ(error.code(), EEXIST);
        EXPECT_EQ(error.tenant(), 1001U) << error.what();
        EXPECT_NE(std::string(error.what())
                      .find("add element inet nvi floating_in { " + text(tenant(1001)[3]) + " }"),
                  std::string::npos)
            << error.what();
    }
    const auto after = observe(socket_);
    EXPECT_EQ(after.ruleset.elements, before.ruleset.elements);

    Transaction removal;
    removal.remove(tenant(1002)[0]);
    try {
        removal.commit(socket_, after.generation);
        FAIL() << "removing what is not there";
    } catch (const TransactionError& error) {
        EXPECT_EQ(error.code(), ENOENT);
        EXPECT_EQ(error.tenant(), 1002U) << error.what();
    }
    Transaction frame;
    frame.add_frame();
    try {
        frame.commit(socket_, generation(socket_));
        FAIL() << "adding a table that is there";
    } catch (const TransactionError& error) {
        EXPECT_EQ(error.code(), EEXIST);
        EXPECT_NE(std::string(error.what()).find("add table inet nvi"), std::string::npos) << error.what();
    }
}

TEST_F(NftTest, ChangedByOthersMeanwhile) {
    load_frame();
    const uint32_t before = generation(socket_);
    run("nft add table ip other");
    Transaction transaction;
    transaction.add(zone("gt1001", 1001));
    try {
        transaction.commit(socket_, before);
        FAIL() << "a transaction of an old generation";
    } catch (const TransactionError& error) {
        EXPECT_EQ(error.code(), ERESTART) << error.what();
    }
    Transaction again;
    again.add(zone("gt1001", 1001));
    again.commit(socket_, generation(socket_));
    EXPECT_EQ(observe(socket_).ruleset.elements, std::vector{zone("gt1001", 1001)});
}

TEST_F(NftTest, ForeignTableOfOurNameIsRefused) {
    run("nft add table inet nvi");
    try {
        observe(socket_);
        FAIL() << "a foreign table";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), EEXIST);
    }
    run("nft flush ruleset");
    run("nft add table ip nvi");  // of another family: none of ours
    EXPECT_EQ(observe(socket_).ruleset.frame, "");
}

TEST_F(NftTest, SomebodyChangedTheFrame) {
    for (const char* change : {"nft add rule inet nvi input accept", "nft flush chain inet nvi leaving",
                               "nft add chain inet nvi extra", "nft add set inet nvi extra '{ type mark; }'",
                               "nft 'chain inet nvi input { policy drop; }'"}) {
        run("nft flush ruleset");
        load_frame();
        run(change);
        const auto observed = observe(socket_).ruleset;
        EXPECT_NE(observed.frame, frame_digest()) << change;
        EXPECT_NE(observed.frame, "") << change;
    }
}

TEST_F(NftTest, CountersByName) {
    load_frame();
    const auto all = counters(socket_);
    EXPECT_EQ(all.size(), 16U);
    EXPECT_EQ(all.at("unbound_out").packets, 0U);
}

// Also a measurement: printed, judged only by far.
}  // namespace
}  // namespace nvi::nft
