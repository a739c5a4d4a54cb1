// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel objects created, observed, compared and deleted. Runs in two places: in a private network
// namespace of the running kernel with stand-ins for our devices (bridges), and in the lab with devices
// of the real kinds (environment NVI_REAL_KINDS=1).
//
//   nvi0    vrf1001 <- gt1001 10.0.0.1/24     vrf1002 <- gt1002 10.0.0.1/24
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/interface_address.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/names.hpp"
#include "gateway/state/neighbour.hpp"
#include "gateway/state/observe.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"
#include "gateway/state/sysctl.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

bool real_kinds() {
    return std::getenv("NVI_REAL_KINDS") != nullptr;
}

constexpr netlink::Policy kInfo{{IFLA_INFO_KIND, Kind::text}};
constexpr netlink::Policy kLink{{IFLA_IFNAME, Kind::text}, {IFLA_LINKINFO, Kind::old_nest, &kInfo}};
constexpr netlink::Policy kRoute{{RTA_DST, Kind::be32}, {RTA_OIF, Kind::u32}};

Prefix prefix(const char* text) {
    return *Prefix::parse(text);
}

class Objects : public testing::Test {
  protected:
    void SetUp() override {
        for (const Link& link : wanted_links()) {
            if (real_kinds()) {
                run(create(link, interfaces_), "create " + link.name);
            } else {
                run(stand_in(link.name), "stand-in " + link.name);
            }
        }
        for (const Link& link : wanted_links()) {
            if (real_kinds()) {
                run(settings(link, nullptr, strict_source_by_default(), interfaces_),
                    "settings of " + link.name);
                if (std::holds_alternative<GretapLink>(link.kind))
                    run(set_noqueue(link, interfaces_), "noqueue");
            }
            run(set_up(link, true, interfaces_), "up " + link.name);
        }
    }
    void TearDown() override {
        const State left = observe(socket_, interfaces_, {});
        for (const Route& route : left.routes) run(remove(route, interfaces_), "delete route");
        for (const Neighbour& neighbour : left.neighbours)
            run(remove(neighbour, interfaces_), "delete neighbour");
        for (const InterfaceAddress& address : left.addresses)
            run(remove(address, interfaces_), "delete address");
        for (const Rule& rule : left.rules) {
            if (!rule.foreign) run(remove(rule), "delete rule");
        }
        for (const Link& link : wanted_links()) run(remove(link, interfaces_), "delete " + link.name);
        const State end = observe(socket_, interfaces_, {});
        EXPECT_TRUE(end.links.empty());
        EXPECT_TRUE(end.foreign.empty());
        EXPECT_TRUE(end.routes.empty());
        EXPECT_TRUE(end.addresses.empty());
        EXPECT_TRUE(end.neighbours.empty());
    }

    static Message stand_in(const std::string& name) {
        Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}, kLink);
        message.put_text(IFLA_IFNAME, name);
        const auto info = message.nest(IFLA_LINKINFO);
        message.put_text(IFLA_INFO_KIND, "bridge");
        return message;
    }
    static std::vector<Link> wanted_links() {
        std::vector<Link> links;
        for (const TenantId tenant : {1001U, 1002U}) {
            Link gretap;
            gretap.name = gretap_name(tenant);
            gretap.tenant = tenant;
            gretap.kind = GretapLink{tenant, *Address::parse("172.16.0.1")};
            gretap.master = vrf_name(tenant);
            gretap.mac =
                Mac({2, 0x6e, 0x76, 0, static_cast<uint8_t>(tenant >> 8), static_cast<uint8_t>(tenant)});
            gretap.mtu = 1458;
            gretap.alias = "nvi-gateway tenant" + std::to_string(tenant);
            Link vrf;
            vrf.name = vrf_name(tenant);
            vrf.tenant = tenant;
            vrf.kind = VrfLink{tenant};
            vrf.alias = gretap.alias;
            links.push_back(vrf);
            links.push_back(gretap);
        }
        Link nvi;
        nvi.name = kNviName;
        nvi.kind = NviLink{};
        links.push_back(nvi);
        return links;
    }
    // One tenant's routes as the gateway makes them.
    static std::vector<Route> wanted_routes(TenantId tenant, const char* public_address) {
        std::vector<Route> routes;
        const auto in_vrf = [&](Prefix destination, RouteType type, uint32_t metric = 0,
                                const std::string& device = {}, std::optional<Encap> encap = {}) {
            routes.push_back({tenant, tenant, destination, metric, type, device, encap});
        };
        for (const Family family : {Family::v4, Family::v6}) {
            in_vrf(Prefix::any(family), RouteType::unreachable, kFallbackMetric);
            in_vrf(Prefix::any(family), RouteType::unicast, 0, kNviName);
        }
        const std::string tunnel = gretap_name(tenant);
        in_vrf(prefix("10.0.0.0/24"), RouteType::unreachable);
        in_vrf(prefix("10.1.0.0/24"), RouteType::blackhole);
        in_vrf(prefix("10.0.0.7/32"), RouteType::unicast, 0, tunnel,
               Encap{tenant, Address::parse("172.16.0.11"), true});
        in_vrf(prefix("10.0.0.8/32"), RouteType::unicast, 0, tunnel,
               Encap{tenant, Address::parse("fd00::11"), true});
        in_vrf(prefix("2001:db8:7::7/128"), RouteType::unicast, 0, tunnel,
               Encap{tenant, Address::parse("172.16.0.11"), true});
        routes.push_back({kMainTable, tenant, prefix(public_address), 0, RouteType::unicast, kNviName,
                          Encap{tenant, std::nullopt, false}});
        return routes;
    }

    void run(Message message, const std::string& what) { netlink::change(socket_, message, what); }
    int refusal(Message message) {
        return netlink::ask(socket_, message, [](const netlink::MessageView&) {}).code;
    }
    template <typename Objects>
    void add_all(const Objects& objects) {
        netlink::Pipeline pipeline(socket_);
        for (size_t i = 0; i < objects.size(); ++i) pipeline.submit(add(objects[i], interfaces_), i);
        for (const auto& failure : pipeline.flush()) {
            ADD_FAILURE() << failure.operation << ": " << failure.code << " " << failure.words;
        }
    }

    netlink::Socket socket_ = netlink::Socket::open(NETLINK_ROUTE);
    netlink::Socket questions_ = netlink::Socket::open(NETLINK_ROUTE);
    Interfaces interfaces_{questions_};
};

TEST_F(Objects, Routes) {
    State wanted;
    for (const Route& route : wanted_routes(1001, "203.0.113.10/32")) wanted.routes.push_back(route);
    for (const Route& route : wanted_routes(1002, "203.0.113.11/32")) wanted.routes.push_back(route);
    wanted.routes.push_back({kMainTable, 1001, prefix("2001:db8:100::1/128"), 0, RouteType::unicast, kNviName,
                             Encap{1001, std::nullopt, false}});
    wanted.sort();
    add_all(wanted.routes);
    EXPECT_EQ(observe(socket_, interfaces_, {}).routes, wanted.routes);
    for (const Route& route : wanted.routes) {
        EXPECT_EQ(refusal(add(route, interfaces_)), EEXIST) << route.destination.str();
    }

    // A host moves to another node.
    for (Route& route : wanted.routes) {
        if (!route.encap || !route.encap->node) continue;
        route.encap->node = Address::parse("172.16.0.12");
        run(replace(route, interfaces_), "replace");
    }
    EXPECT_EQ(observe(socket_, interfaces_, {}).routes, wanted.routes);

    // Each deletion takes its route alone.
    while (!wanted.routes.empty()) {
        const Route last = wanted.routes.back();
        wanted.routes.pop_back();
        run(remove(last, interfaces_), "delete");
        ASSERT_EQ(observe(socket_, interfaces_, {}).routes, wanted.routes) << last.destination.str();
        EXPECT_EQ(refusal(remove(last, interfaces_)), ESRCH) << last.destination.str();
    }
}

// What is not ours is not seen, and what is only half as ours are is told apart.
TEST_F(Objects, ForeignRoutes) {
    rtmsg head{};
    head.rtm_family = AF_INET;
    head.rtm_dst_len = 32;
    head.rtm_table = RT_TABLE_MAIN;
    head.rtm_protocol = RTPROT_STATIC;
    head.rtm_scope = RT_SCOPE_LINK;
    head.rtm_type = RTN_UNICAST;
    Message foreign(RTM_NEWROUTE, NLM_F_CREATE, head, kRoute);
    foreign.put_be32(RTA_DST, 0xcb00710a);
    foreign.put_u32(RTA_OIF, interfaces_.index(kNviName));
    run(std::move(foreign), "foreign route");
    EXPECT_TRUE(observe(socket_, interfaces_, {}).routes.empty());
    const Route same{kMainTable, 1001, prefix("203.0.113.10/32"), 0, RouteType::unicast, kNviName, {}};
    EXPECT_EQ(refusal(add(same, interfaces_)), EEXIST);
    EXPECT_EQ(refusal(remove(same, interfaces_)), ESRCH);
    Message clean(RTM_DELROUTE, 0, head, kRoute);
    clean.put_be32(RTA_DST, 0xcb00710a);
    run(std::move(clean), "delete foreign route");
}

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
    const std::vector<Rule> back{{Family::v4, 0, false, kLocalTable}, {Family::v6, 0, false, kLocalTable}};
    EXPECT_EQ(ours(), back);
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
    const State one = observe_tenant(socket_, fresh, sysctls, 1001, publics);
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
    const State none = observe_tenant(socket_, fresh, {}, 4711, publics);
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
