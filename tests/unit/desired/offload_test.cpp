// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine makes of [offload].
#include "gateway/desired/offload.hpp"

#include <gtest/gtest.h>

#include "gateway/desired/desired.hpp"
#include "nft/frame.hpp"

namespace nvi::desired {
namespace {

state::Machine debian(const std::string& release, const std::string& package) {
    return {release, "#1 SMP PREEMPT_DYNAMIC Debian " + package + " (2026-09-01)", {"eth0"}};
}

tenants::Config config() {
    tenants::Config config;
    config.gateway.outside = {{"eth0", {}}, {"ppp0", {}}};
    config.gateway.underlay.value = *Address::parse("172.16.0.1");
    for (const uint32_t id : {1001U, 1002U}) {
        auto& tenant = config.tenants["t" + std::to_string(id)];
        tenant.name = "t" + std::to_string(id);
        tenant.id.value = id;
        tenant.overlay.key.value = id;
    }
    return config;
}

TEST(Machine, KernelsNumber) {
    using Number = std::array<unsigned, 3>;
    EXPECT_EQ(debian("6.1.0-49-amd64", "6.1.192-1").kernel(), (Number{6, 1, 192}));
    EXPECT_EQ(debian("6.12.95+deb13-amd64", "6.12.95-1~bpo12+1").kernel(), (Number{6, 12, 95}));
    EXPECT_EQ((state::Machine{"7.2.1", "#1 SMP", {}}.kernel()), (Number{7, 2, 1}));
    EXPECT_EQ((state::Machine{"strange", "Debian bug", {}}.kernel()), (Number{0, 0, 0}));
}

TEST(Offload, MetadataIsDroppedUnlessTheKernelIsKnown) {
    const auto gateway = config().gateway;
    for (const auto& [package, drop] : {std::pair{"6.1.192-1", false},
                                        {"6.1.191-1", true},
                                        {"6.6.13-1", true},
                                        {"6.12.95-1", true},
                                        {"6.12.117-1", false},
                                        {"6.18.3-1", true},
                                        {"7.2.12-1", false},
                                        {"8.0.0-1", false}}) {
        const auto decided = offload(gateway, debian("x", package));
        EXPECT_TRUE(decided.on);
        EXPECT_EQ(decided.drop_metadata, drop) << package;
        EXPECT_EQ(decided.why_drop.empty(), !drop) << package;
    }
    EXPECT_TRUE(offload(gateway, {}).drop_metadata);
}

TEST(Offload, EveryReceivingDeviceIsInTheFlowtable) {
    const auto files = config();
    const auto decided = offload(files.gateway, debian("x", "6.12.95-1"));
    EXPECT_EQ(decided.missing, std::vector<std::string>{"ppp0"});
    const auto state = desired(files, decided);
    EXPECT_EQ(state.nft.frame, nft::frame_digest({.offload = true}));
    EXPECT_EQ(state.nft.flow_devices, (std::vector<std::string>{"eth0", "gt1001", "gt1002", "nvi0"}));
    EXPECT_EQ(state.filters.size(), 2U);
    for (const auto& link : state.links) EXPECT_EQ(link.drop_metadata, !link.master.empty()) << link.name;

    const auto one = tenant(files.gateway, files.tenants.at("t1001"), decided);
    EXPECT_EQ(one.nft.flow_devices, std::vector<std::string>{"gt1001"});
    EXPECT_EQ(one.filters.size(), 2U);
}

TEST(Offload, Off) {
    auto files = config();
    files.gateway.offload = false;
    const auto decided = offload(files.gateway, debian("x", "6.12.95-1"));
    EXPECT_FALSE(decided.on);
    EXPECT_FALSE(decided.why_not.empty());
    const auto state = desired(files, decided);
    EXPECT_EQ(state.nft.frame, nft::frame_digest());
    EXPECT_TRUE(state.nft.flow_devices.empty());
    EXPECT_TRUE(state.filters.empty());
    for (const auto& link : state.links) EXPECT_FALSE(link.drop_metadata) << link.name;

    // Where a program steers, the block stays: what is there cannot be changed.
    files.tenants.at("t1001").overlay.destinations.value = tenants::Destinations::map;
    for (const auto& link : desired(files, decided).links)
        EXPECT_EQ(link.drop_metadata, link.name == "gt1001") << link.name;
}

}  // namespace
}  // namespace nvi::desired
