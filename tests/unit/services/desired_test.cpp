// SPDX-License-Identifier: GPL-2.0-or-later
// From a tenant's [[service]] to kernel objects, by either path.
#include "gateway/desired/desired.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>

#include "gateway/net/error.hpp"

namespace nvi::services {
namespace {

Address address(const char* text) {
    return *Address::parse(text);
}

tenants::Gateway gateway(tenants::DataPath path) {
    tenants::Gateway gateway;
    gateway.outside = {{"eth0", {}}, {"eth1", {}}};
    gateway.underlay.value = address("172.16.0.1");
    gateway.data_path = path;
    return gateway;
}

tenants::Tenant tenant(const char* backend) {
    tenants::Tenant tenant;
    tenant.name = "acme";
    tenant.id.value = 1001;
    tenant.overlay.key.value = 7;
    tenant.overlay.gateway = {{*Prefix::parse("10.0.0.1/24"), {}}};
    tenants::Service service;
    service.vip.value = address("203.0.113.80");
    service.protocol.value = IPPROTO_TCP;
    service.ports.value = {80, 81};
    service.backends = {{{address(backend), {}}, {3, {}}}};
    tenant.services = {service};
    return tenant;
}

TEST(DesiredServices, ByXdpOneServiceAndAProgramForEachUplink) {
    const auto state = desired::tenant(gateway(tenants::DataPath::xdp), tenant("172.16.0.21"), {});
    ASSERT_EQ(state.services.size(), 1U);
    const auto& service = state.services[0];
    EXPECT_EQ(service.first_port, 80);
    EXPECT_EQ(service.last_port, 81);
    EXPECT_EQ(service.backends,
              (std::vector<state::Backend>{{address("172.16.0.21"), 3, false, address("172.16.0.1"), 0}}));
    ASSERT_EQ(state.programs.size(), 2U);
    EXPECT_EQ(state.programs[1].device, "eth1");
    EXPECT_TRUE(std::ranges::none_of(
        state.routes, [](const auto& route) { return route.type == state::RouteType::local; }));
}

TEST(DesiredServices, InsideATenantByItsOverlay) {
    const auto state = desired::tenant(gateway(tenants::DataPath::xdp), tenant("10.0.0.7"), {});
    EXPECT_TRUE(state.services.at(0).backends.at(0).inside);
    EXPECT_EQ(state.services[0].backends[0].mtu, 1458U);
    const auto in = [&](const char* set) {
        return std::ranges::count(state.nft.elements, set, &nft::Element::set);
    };
    EXPECT_EQ(in("floating_in"), 1);
    EXPECT_EQ(in("direct"), 2);  // its tunnel and its VRF
}

TEST(DesiredServices, ByIpvsAServiceForEachPortAndALocalAddress) {
    const auto state = desired::tenant(gateway(tenants::DataPath::ipvs), tenant("172.16.0.21"), {});
    ASSERT_EQ(state.services.size(), 2U);
    EXPECT_EQ(state.services[1].first_port, 81);
    EXPECT_EQ(state.services[1].path, state::DataPath::ipvs);
    EXPECT_TRUE(state.programs.empty());
    const auto local = std::ranges::find(state.routes, state::RouteType::local, &state::Route::type);
    ASSERT_NE(local, state.routes.end());
    EXPECT_EQ(local->table, state::kLocalTable);
    EXPECT_THROW(desired::tenant(gateway(tenants::DataPath::ipvs), tenant("10.0.0.7"), {}), Error);
}

}  // namespace
}  // namespace nvi::services
