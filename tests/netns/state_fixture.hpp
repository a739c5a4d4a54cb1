// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of kernel objects share: the devices of two tenants. Runs in two places: in a private
// network namespace of the running kernel with stand-ins for our devices (bridges), and in the lab with
// devices of the real kinds (environment NVI_REAL_KINDS=1).
//
//   nvi0    vrf1001 <- gt1001 10.0.0.1/24     vrf1002 <- gt1002 10.0.0.1/24
#pragma once

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

using netlink::Kind;
using netlink::Message;

inline bool real_kinds() {
    return std::getenv("NVI_REAL_KINDS") != nullptr;
}

inline constexpr netlink::Policy kInfo{{IFLA_INFO_KIND, Kind::text}};
inline constexpr netlink::Policy kLink{{IFLA_IFNAME, Kind::text}, {IFLA_LINKINFO, Kind::old_nest, &kInfo}};
inline constexpr netlink::Policy kRoute{{RTA_DST, Kind::be32}, {RTA_OIF, Kind::u32}};

inline Prefix prefix(const char* text) {
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

}  // namespace nvi::state
