// SPDX-License-Identifier: GPL-2.0-or-later
// What the files say becomes the model.
#include "tenants/load.hpp"

#include <gtest/gtest.h>

#include "tenants/peers.hpp"

namespace nvi::tenants {
namespace {

TEST(LoadTest, Examples) {
    const auto loaded = load("../../../tenants/examples/gateway.toml");
    EXPECT_EQ(loaded.diagnostics.text(), "");
    const Config& config = loaded.value;
    EXPECT_EQ(config.gateway.outside.at(0).value, "eth0");
    EXPECT_EQ(config.gateway.underlay.value.str(), "172.16.0.1");
    EXPECT_EQ(config.gateway.tenants_directory, "../../../tenants/examples/tenants.d");
    EXPECT_TRUE(config.gateway.offload);
    ASSERT_EQ(config.tenants.size(), 2U);

    const Tenant& acme = config.tenants.at("acme");
    EXPECT_EQ(acme.id.value, 1001U);
    EXPECT_EQ(acme.id.place.short_str(), "acme.toml:2:6");
    EXPECT_EQ(acme.overlay.type.value, OverlayType::gretap);
    EXPECT_EQ(acme.overlay.gateway.at(0).value.str(), "10.0.0.1/24");
    EXPECT_EQ(acme.hosts.at(0).node.value.str(), "172.16.0.11");
    EXPECT_FALSE(acme.hosts.at(0).mac);
    EXPECT_EQ(acme.floating.at(0).public_address.value.str(), "203.0.113.10");
    EXPECT_EQ(acme.snat.at(0).from.value.str(), "10.0.0.0/24");
    EXPECT_EQ(acme.snat.at(0).to.at(0).value.str(), "203.0.113.11");
    EXPECT_EQ(config.tenants.at("globex").hosts.at(0).address.value, acme.hosts.at(0).address.value);
}

TEST(LoadTest, EveryKey) {
    Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    gateway.tenants_directory = "golden";
    const auto loaded = load_tenant(gateway, "all-keys");
    EXPECT_EQ(loaded.diagnostics.text(), "");
    const Tenant& tenant = loaded.value;
    EXPECT_EQ(tenant.overlay.type.value, OverlayType::vxlan);
    EXPECT_EQ(tenant.overlay.key.value, kHighestVni);
    EXPECT_EQ(tenant.overlay.port.value, 8472);
    EXPECT_EQ(tenant.hosts.at(0).mac->value.str(), "02:00:00:00:00:07");
    EXPECT_EQ(tenant.snat.at(0).to.size(), 2U);
    EXPECT_EQ(protocol_name(tenant.forwards.at(1).protocol.value), "udp");
    EXPECT_EQ(tenant.forwards.at(0).public_ports.str(), "8080");
    EXPECT_EQ(tenant.forwards.at(0).private_ports.str(), "80");
    EXPECT_EQ(tenant.forwards.at(2).public_address.value.str(), "2001:db8:100::11");
}

TEST(LoadTest, NodesWithPortsOfTheirOwnHaveAVtep) {
    const Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    Gateway here = gateway;
    here.tenants_directory = "golden";
    const auto loaded = load_tenant(here, "ports");
    ASSERT_TRUE(loaded.ok()) << loaded.diagnostics.text();
    const Tenant& tenant = loaded.value;
    ASSERT_EQ(tenant.hosts.size(), 3U);
    EXPECT_EQ(tenant.overlay.listens_at(), 4789);
    EXPECT_EQ(tenant.hosts[0].outer().str(), "100.80.0.11");  // 172.16.0.11, in the peers' range
    EXPECT_EQ(tenant.hosts[0].node.value.str(), "172.16.0.11");
    EXPECT_EQ(port_of(tenant, tenant.hosts[0]), 4791);
    EXPECT_EQ(tenant.hosts[1].outer().str(), "172.16.0.12");  // at the gateway's port: as the driver sends
    EXPECT_EQ(tenant.hosts[2].outer().str(), "100.64.0.9");
    EXPECT_TRUE(needs_peerd(tenant));
}

TEST(LoadTest, PeersAreHostsBehindTheirVtep) {
    Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    gateway.tenants_directory = "golden";
    const auto loaded = load_tenant(gateway, "peers");
    EXPECT_EQ(loaded.diagnostics.text(), "");
    const Tenant& tenant = loaded.value;
    ASSERT_EQ(tenant.hosts.size(), 3U);
    EXPECT_EQ(tenant.hosts.at(1).address.value.str(), "2001:db8::7");
    for (const size_t i : {0, 1}) {
        EXPECT_EQ(tenant.hosts.at(i).node.value.str(), "100.64.0.7");
        EXPECT_EQ(tenant.hosts.at(i).mac->value.str(), "02:4e:0a:00:00:07");
    }
    EXPECT_EQ(tenant.hosts.at(2).mac->value.str(), "02:00:00:00:00:08");
    EXPECT_EQ(secret_path(gateway, tenant.peers.at(0)), "golden/sound/secrets/branch-1");
    EXPECT_EQ(secret_path(gateway, tenant.peers.at(1)), "/etc/branch-2");
}

TEST(LoadTest, EditorsFilesAreNoTenants) {
    const auto loaded = load("golden/sound/gateway.toml");
    EXPECT_EQ(loaded.diagnostics.text(), "");
    EXPECT_EQ(loaded.value.tenants.size(), 1U);
}

TEST(LoadTest, MissingTenant) {
    const Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    EXPECT_EQ(load_tenant(gateway, "nobody").diagnostics.text(),
              "golden/sound/tenants.d/nobody.toml: No such file or directory\n");
}

}  // namespace
}  // namespace nvi::tenants
