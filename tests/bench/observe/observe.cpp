// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the kernel objects of N tenants by netlink (VRF, tunnel, 2 hosts, 1 public address each), then
// times observing all of them and one of them, and deleting: bench_observe TENANTS [same-metrics]. Changes
// the calling network namespace for good: for a machine of the lab.
#include "gateway/state/observe.hpp"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

#include "gateway/net/error.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/interface_address.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/names.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"

namespace {

using namespace nvi;
using namespace nvi::state;

double seconds(clockid_t which) {
    timespec now{};
    clock_gettime(which, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Work>
void timed(const std::string& what, size_t objects, Work work) {
    const double wall = seconds(CLOCK_MONOTONIC);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    work();
    const double wall_spent = seconds(CLOCK_MONOTONIC) - wall;
    fmt::print("{:<34} {:>7} objects {:>9.1f} ms, CPU {:>9.1f} ms, {:>8.2f} us each\n", what, objects,
               wall_spent * 1e3, (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3,
               wall_spent * 1e6 / static_cast<double>(objects));
    std::fflush(stdout);
}

Address number(uint32_t base, uint32_t i) {
    return Address::v4(base + i);
}

// `same_metrics`: as if every tenant's routes had the same (see route_metric()).
void run(uint32_t tenants, bool same_metrics) {
    const auto metric = [&](TenantId id) { return same_metrics ? 0 : route_metric(id); };
    auto changes = netlink::Socket::open(NETLINK_ROUTE);
    auto questions = netlink::Socket::open(NETLINK_ROUTE);
    Interfaces interfaces(questions);
    netlink::Pipeline pipeline(changes);
    const auto flush = [&] {
        for (const auto& failure : pipeline.flush())
            throw Error::system("change", failure.code, failure.words);
    };
    std::vector<Link> vrfs;
    std::vector<Link> tunnels;
    std::vector<Route> routes;
    std::vector<InterfaceAddress> addresses;
    for (uint32_t i = 0; i < tenants; ++i) {
        const TenantId id = kLeastTenant + i;
        Link vrf;
        vrf.name = vrf_name(id);
        vrf.tenant = id;
        vrf.kind = VrfLink{id};
        vrf.alias = fmt::format("nvi-gateway tenant{}", id);
        Link tunnel = vrf;
        tunnel.name = gretap_name(id);
        tunnel.kind = GretapLink{id, *Address::parse("172.16.0.1")};
        tunnel.master = vrf.name;
        tunnel.mtu = 1458;
        tunnel.mac = Mac({2, 0x6e, 0x76, 0, static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)});
        vrfs.push_back(vrf);
        tunnels.push_back(tunnel);
        addresses.push_back({tunnel.name, id, *Prefix::parse("10.0.0.1/24")});
        for (const Family family : {Family::v4, Family::v6}) {
            routes.push_back(
                {id, id, Prefix::any(family), kFallbackMetric + metric(id), RouteType::unreachable, {}, {}});
        }
        routes.push_back({id, id, Prefix::any(Family::v4), metric(id), RouteType::unicast, kNviName, {}});
        routes.push_back({id, id, *Prefix::parse("10.0.0.0/24"), metric(id), RouteType::unreachable, {}, {}});
        for (uint32_t host = 7; host < 9; ++host) {
            routes.push_back({id, id, Prefix::host(number(0x0a000000, host)), 0, RouteType::unicast,
                              tunnel.name, Encap{id, number(0xac100100, i % 200), true}});
        }
        routes.push_back({kMainTable, id, Prefix::host(number(0xcb000000, i)), metric(id), RouteType::unicast,
                          kNviName, Encap{id, std::nullopt, false}});
    }
    // As on a real gateway an early device has an address: for a route to a device without one the kernel
    // looks through all devices for a source address (inet_select_addr() in net/ipv4/devinet.c).
    Link loopback;
    loopback.name = "lo";
    pipeline.submit(set_up(loopback, true, interfaces), 0);
    pipeline.submit(add(InterfaceAddress{"lo", 0, *Prefix::parse("172.16.0.1/32")}, interfaces), 0);
    Link nvi;
    nvi.name = kNviName;
    nvi.kind = NviLink{};
    pipeline.submit(create(nvi, interfaces), 0);
    flush();
    pipeline.submit(set_up(nvi, true, interfaces), 0);
    flush();

    const auto all = [&](const std::string& what, const auto& objects, auto message) {
        timed(what, objects.size(), [&] {
            for (const auto& object : objects) pipeline.submit(message(object), 0);
            flush();
        });
    };
    all("create VRFs", vrfs, [&](const Link& link) { return create(link, interfaces); });
    std::vector<std::string> names;
    for (const Link& link : vrfs) names.push_back(link.name);
    for (const Link& link : tunnels) names.push_back(link.name);
    timed("indices of VRFs", tenants, [&] { interfaces.fetch(std::span(names).first(tenants)); });
    all("VRFs up", vrfs, [&](const Link& link) { return set_up(link, true, interfaces); });
    all("create tunnels", tunnels, [&](const Link& link) { return create(link, interfaces); });
    timed("indices of tunnels", tenants, [&] { interfaces.fetch(std::span(names).last(tenants)); });
    all("settings of tunnels", tunnels,
        [&](const Link& link) { return settings(link, nullptr, false, interfaces); });
    all("noqueue", tunnels, [&](const Link& link) { return set_noqueue(link, interfaces); });
    all("addresses", addresses, [&](const InterfaceAddress& address) { return add(address, interfaces); });
    all("tunnels up", tunnels, [&](const Link& link) { return set_up(link, true, interfaces); });
    const auto some = [&](const std::string& what, auto which) {
        std::vector<Route> chosen;
        std::ranges::copy_if(routes, std::back_inserter(chosen), which);
        all(what, chosen, [&](const Route& route) { return add(route, interfaces); });
    };
    const auto v6 = [](const Route& route) { return route.destination.family() == Family::v6; };
    some("routes: unreachable, IPv6", [&](const Route& route) { return v6(route); });
    some("routes: unreachable, IPv4",
         [&](const Route& route) { return !v6(route) && route.type == RouteType::unreachable; });
    some("routes: default to nvi0",
         [&](const Route& route) { return route.device == kNviName && route.table != kMainTable; });
    some("routes: hosts", [&](const Route& route) { return route.encap && route.encap->node; });
    some("routes: public addresses", [&](const Route& route) { return route.table == kMainTable; });

    State state;
    timed("observe everything", size_t{1}, [&] { state = observe(changes, interfaces, {}); });
    fmt::print("links {} addresses {} routes {}\n", state.links.size(), state.addresses.size(),
               state.routes.size());
    timed("observe everything again", size_t{1}, [&] { state = observe(changes, interfaces, {}); });
    const std::vector<Prefix> publics{Prefix::host(number(0xcb000000, tenants / 2))};
    for (int i = 0; i < 3; ++i) {
        timed("observe one tenant", size_t{1}, [&] {
            Interfaces fresh(questions);
            state = observe_tenant(changes, fresh, {}, kLeastTenant + tenants / 2, publics, {});
        });
    }
    fmt::print("links {} addresses {} routes {}\n", state.links.size(), state.addresses.size(),
               state.routes.size());
    const auto half = static_cast<ptrdiff_t>(tenants / 2);
    const std::vector<Link> one_by_one(tunnels.begin(), tunnels.begin() + half);
    all("delete tunnels one by one", one_by_one, [&](const Link& link) { return remove(link, interfaces); });
    timed("delete tunnels as a group", tenants - static_cast<size_t>(half), [&] {
        for (auto link = tunnels.begin() + half; link != tunnels.end(); ++link) {
            pipeline.submit(move_to_victims(*link, interfaces), 0);
        }
        pipeline.submit(remove_victims(), 0);
        flush();
    });
    const std::vector<Link> first(vrfs.begin(), vrfs.begin() + half);
    all("delete VRFs one by one", first, [&](const Link& link) { return remove(link, interfaces); });
    timed("delete VRFs as a group", tenants - static_cast<size_t>(half), [&] {
        for (auto link = vrfs.begin() + half; link != vrfs.end(); ++link) {
            pipeline.submit(move_to_victims(*link, interfaces), 0);
        }
        pipeline.submit(remove_victims(), 0);
        flush();
    });
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("peak memory {} MiB\n", usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc > 1 ? static_cast<uint32_t>(std::atoi(argv[1])) : 1000, argc > 2);
    } catch (const Error& error) {
        fmt::print(stderr, "bench_observe: {}\n", error.what());
        return 1;
    }
    return 0;
}
