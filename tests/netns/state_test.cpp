// SPDX-License-Identifier: GPL-2.0-or-later
// The other kernel objects created, observed, compared and deleted.
#include "tests/netns/state_fixture.hpp"

namespace nvi::state {
namespace {

TEST_F(Objects, AddressesAndNeighbours) {
    State wanted;
    for (const TenantId tenant : {1001U, 1002U}) {
        const std::string tunnel = gretap_name(tenant);
        wanted.addresses.push_back({tunnel, tenant, prefix("10.0.0.1/24")});
        wanted.addresses.push_back({tunnel, tenant, prefix("2001:db8:7::1/64")});
        wanted.neighbours.push_back(
            {tunnel, tenant, *Address::parse("10.0.0.7"), *Mac::parse("02:00:00:00:00:07")});
        wanted.neighbours.push_back(
            {tunnel, tenant, *Address::parse("2001:db8:7::7"), *Mac::parse("02:00:00:00:00:07")});
    }
    wanted.sort();
    add_all(wanted.addresses);
    for (const Neighbour& neighbour : wanted.neighbours) run(replace(neighbour, interfaces_), "neighbour");
    State observed = observe(socket_, interfaces_, {});
    EXPECT_EQ(observed.addresses, wanted.addresses);
    EXPECT_EQ(observed.neighbours, wanted.neighbours);

    wanted.neighbours.front().mac = *Mac::parse("02:00:00:00:00:99");
    run(replace(wanted.neighbours.front(), interfaces_), "neighbour");
    run(remove(wanted.neighbours.back(), interfaces_), "delete neighbour");
    wanted.neighbours.pop_back();
    run(remove(wanted.addresses.back(), interfaces_), "delete address");
    wanted.addresses.pop_back();
    observed = observe(socket_, interfaces_, {});
    EXPECT_EQ(observed.addresses, wanted.addresses);
    EXPECT_EQ(observed.neighbours, wanted.neighbours);
}

// fib_disable_ip() in net/ipv4/fib_frontend.c: with its last IPv4 address a device loses its IPv4 routes
// and neighbours. So an address is replaced by adding the new one first.
TEST_F(Objects, LastAddressTakesRoutesAndNeighboursAlong) {
    const InterfaceAddress before{"gt1001", 1001, prefix("10.0.0.1/24")};
    const InterfaceAddress after{"gt1001", 1001, prefix("10.0.0.2/24")};
    const Neighbour neighbour{"gt1001", 1001, *Address::parse("10.0.0.7"), *Mac::parse("02:00:00:00:00:07")};
    const Route route{1001,
                      1001,
                      prefix("10.0.0.7/32"),
                      0,
                      RouteType::unicast,
                      "gt1001",
                      Encap{1001, Address::parse("172.16.0.11"), true}};
    // Two addresses of one prefix: without this the second goes with the first. settings() sets it.
    if (!real_kinds()) write_sysctl({"net/ipv4/conf/gt1001/promote_secondaries", "1"});
    run(add(before, interfaces_), "address");
    run(replace(neighbour, interfaces_), "neighbour");
    run(add(route, interfaces_), "route");
    run(add(after, interfaces_), "address");
    run(remove(before, interfaces_), "delete address");
    State observed = observe(socket_, interfaces_, {});
    EXPECT_EQ(observed.addresses, std::vector{after});
    EXPECT_EQ(observed.routes, std::vector{route});
    EXPECT_EQ(observed.neighbours, std::vector{neighbour});
    run(remove(after, interfaces_), "delete address");
    observed = observe(socket_, interfaces_, {});
    EXPECT_TRUE(observed.addresses.empty());
    EXPECT_TRUE(observed.routes.empty());
    EXPECT_TRUE(observed.neighbours.empty());
}

TEST_F(Objects, Rules) {
    const auto ours = [&] {
        std::vector<Rule> rules = observe(socket_, interfaces_, {}).rules;
        std::erase_if(rules, [](const Rule& rule) { return rule.foreign; });
        return rules;
    };
    const auto foreign_local = [&] {
        size_t count = 0;
        for (const Rule& rule : observe(socket_, interfaces_, {}).rules) {
            count += rule.foreign && rule.priority == 0 && rule.table == kLocalTable ? 1U : 0U;
        }
        return count;
    };
    EXPECT_TRUE(ours().empty());
    EXPECT_EQ(foreign_local(), 2U);

    std::vector<Rule> wanted;
    for (const Family family : {Family::v4, Family::v6}) {
        // The first VRF has made one at 1000 in the lab.
        wanted.push_back({family, 999, true, 0, false});
        wanted.push_back({family, 32765, false, kLocalTable, false});
    }
    for (const Rule& rule : wanted) run(add(rule), "add rule");
    EXPECT_EQ(ours(), wanted);
    // The local table's rule is moved, and back.
    for (const Family family : {Family::v4, Family::v6})
        run(remove(Rule{family, 0, false, kLocalTable, true}), "move");
    EXPECT_EQ(foreign_local(), 0U);
    EXPECT_EQ(ours(), wanted);
    for (const Family family : {Family::v4, Family::v6})
        run(add(Rule{family, 0, false, kLocalTable, true}), "back");
    for (const Rule& rule : wanted) run(remove(rule), "delete rule");
    EXPECT_TRUE(ours().empty());
    EXPECT_EQ(foreign_local(), 2U);  // as the kernel's own, not ours
}

TEST_F(Objects, Links) {
    const State observed = observe(socket_, interfaces_, {});
    if (!real_kinds()) {
        // A device of another kind with one of our names is told, and is not taken for ours.
        EXPECT_TRUE(observed.links.empty());
        ASSERT_EQ(observed.foreign.size(), wanted_links().size());
        EXPECT_EQ(observed.foreign.front(), (ForeignLink{"gt1001", "bridge", 0}));
        return;
    }
    State wanted;
    wanted.links = wanted_links();
    wanted.sort();
    ASSERT_EQ(observed.links.size(), wanted.links.size());
    for (size_t i = 0; i < wanted.links.size(); ++i) {
        const Link& link = observed.links[i];
        EXPECT_TRUE(link.satisfies(wanted.links[i]))
            << link.name << " mtu " << link.mtu << " up " << link.up << " alias " << link.alias
            << " autoconf " << link.ipv6_autoconf << " noqueue " << link.noqueue << " strict "
            << link.strict_source << " redirects " << link.redirects << " master " << link.master
            << " same kind " << (link.kind == wanted.links[i].kind);
    }

    Link changed = wanted.links.front();
    changed.mtu = 1400;
    changed.alias = "nvi-gateway other";
    run(settings(changed, false, interfaces_), "settings");
    run(set_up(changed, false, interfaces_), "down");
    changed.up = false;
    EXPECT_TRUE(observe(socket_, interfaces_, {}).links.front().satisfies(changed));
}

// A change of a tunnel's settings costs none of its neighbours and routes.
TEST_F(Objects, SettingsKeepNeighbours) {
    const Neighbour neighbour{"gt1001", 1001, *Address::parse("10.0.0.7"), *Mac::parse("02:00:00:00:00:07")};
    run(replace(neighbour, interfaces_), "neighbour");
    Link wanted = wanted_links()[1];
    ASSERT_EQ(wanted.name, "gt1001");
    Link was = wanted;
    if (!real_kinds()) {
        wanted.master.clear();
        was.master.clear();
    }
    wanted.mtu = 1400;
    wanted.alias = "nvi-gateway other";
    run(settings(wanted, &was, false, interfaces_), "settings");
    EXPECT_EQ(observe(socket_, interfaces_, {}).neighbours, std::vector{neighbour});
    // The kernel's way, which settings() goes round: the MAC that it has, and they are gone.
    was.mac.reset();
    run(settings(wanted, &was, false, interfaces_), "settings");
    EXPECT_TRUE(observe(socket_, interfaces_, {}).neighbours.empty());
}

TEST_F(Objects, OneTenantAsFromAll) {
    add_all(wanted_routes(1001, "203.0.113.10/32"));
    add_all(wanted_routes(1002, "203.0.113.11/32"));
    for (const TenantId tenant : {1001U, 1002U}) {
        const InterfaceAddress address{gretap_name(tenant), tenant, prefix("10.0.0.1/24")};
        run(add(address, interfaces_), "address");
        run(replace(
                Neighbour{gretap_name(tenant), tenant, *Address::parse("10.0.0.7"), Mac({2, 0, 0, 0, 0, 7})},
                interfaces_),
            "neighbour");
    }
    const std::vector<std::string> sysctls{"net/ipv4/ip_forward", "net/none/such"};
    const State all = observe(socket_, interfaces_, sysctls);
    State wanted;
    const auto take = [](const auto& from, auto& into) {
        for (const auto& object : from) {
            if (object.tenant == 1001 || object.tenant == 0) into.push_back(object);
        }
    };
    take(all.links, wanted.links);
    take(all.addresses, wanted.addresses);
    take(all.routes, wanted.routes);
    take(all.neighbours, wanted.neighbours);
    EXPECT_EQ(wanted.routes.size(), 10U);

    Interfaces fresh(questions_);
    const std::vector<Prefix> publics{prefix("203.0.113.10/32"), prefix("203.0.113.99/32")};
    // The stand-ins are not ours, so that their addresses and neighbours are not asked for.
    const State one = observe_tenant(socket_, fresh, sysctls, 1001, publics, {});
    EXPECT_EQ(one.links, wanted.links);
    EXPECT_EQ(one.routes, wanted.routes);
    EXPECT_EQ(one.rules, all.rules);
    if (real_kinds()) {
        EXPECT_EQ(one.addresses, wanted.addresses);
        EXPECT_EQ(one.neighbours, wanted.neighbours);
    }
    ASSERT_EQ(one.sysctls.size(), 1U);
    EXPECT_EQ(one.sysctls.front().path, "net/ipv4/ip_forward");

    // A tenant that was never there has nothing, and that is no error.
    const State none = observe_tenant(socket_, fresh, {}, 4711, publics, {});
    EXPECT_TRUE(none.addresses.empty());
    ASSERT_EQ(none.routes.size(), 1U);  // the public one, which is another's
    EXPECT_EQ(none.routes.front().tenant, 1001U);
}

TEST_F(Objects, Sysctls) {
    const std::string path = "net/ipv4/conf/all/send_redirects";
    const auto before = read_sysctl(path);
    ASSERT_TRUE(before);
    write_sysctl({path, *before == "0" ? "1" : "0"});
    EXPECT_NE(read_sysctl(path), before);
    write_sysctl({path, *before});
    EXPECT_EQ(read_sysctl(path), before);
    EXPECT_EQ(read_sysctl("net/ipv4/none"), std::nullopt);
    EXPECT_THROW(write_sysctl({"net/ipv4/none", "1"}), Error);
    EXPECT_THROW(write_sysctl({path, "many"}), Error);
}

}  // namespace
}  // namespace nvi::state
