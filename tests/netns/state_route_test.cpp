// SPDX-License-Identifier: GPL-2.0-or-later
// Routes created, observed, replaced and deleted; foreign ones left alone.
#include "tests/netns/state_fixture.hpp"

namespace nvi::state {
namespace {

TEST_F(Objects, Routes) {
    State wanted;
    for (const Route& route : wanted_routes(1001, "203.0.113.10/32")) wanted.routes.push_back(route);
    for (const Route& route : wanted_routes(1002, "203.0.113.11/32")) wanted.routes.push_back(route);
    wanted.routes.push_back({kMainTable, 1001, prefix("2001:db8:100::1/128"), 0, RouteType::unicast, kNviName,
                             Encap{1001, std::nullopt, false}});
    // As on a device that tenants share.
    for (const char* host : {"10.0.0.9/32", "fd00::9/128"}) {
        wanted.routes.push_back({.table = 1001,
                                 .tenant = 1001,
                                 .destination = prefix(host),
                                 .device = gretap_name(1001),
                                 .encap = Encap{.id = 1001,
                                                .node = Address::parse("172.16.0.11"),
                                                .key_flag = true,
                                                .source = Address::parse("172.16.0.1")},
                                 .via = host_neighbour(1001, Mac({2, 0, 0, 0, 0, 9}))});
    }
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

}  // namespace
}  // namespace nvi::state
