// SPDX-License-Identifier: GPL-2.0-or-later
// Names and comparisons of objects; names without a kernel.
#include "gateway/state/objects.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {
namespace {

TEST(Names, OfDevices) {
    EXPECT_EQ(vrf_name(1001), "vrf1001");
    EXPECT_EQ(gretap_name(65535), "gt65535");
    EXPECT_EQ(tenant_in("vrf", "vrf1001"), 1001U);
    for (const char* name :
         {"vrf", "vrf255", "vrf65536", "vrf01001", "vrf1001x", "gt1001", "vrf-1", "vrf99999999999"}) {
        EXPECT_EQ(tenant_in("vrf", name), std::nullopt) << name;
    }
}

TEST(Names, SayTheKind) {
    EXPECT_EQ(kind_named("nvi0")->kind, &nvi_kind());
    EXPECT_EQ(kind_named("nvi0")->tenant, 0U);
    EXPECT_EQ(kind_named("gt300")->kind, &gretap_kind());
    EXPECT_EQ(kind_named("gt300")->tenant, 300U);
    EXPECT_FALSE(kind_named("nvi1"));
    EXPECT_FALSE(kind_named("eth0"));
}

TEST(Link, SatisfiesWhatIsLeftToTheKernel) {
    Link observed;
    observed.name = "vrf1001";
    observed.kind = VrfLink{1001};
    observed.mac = Mac::parse("02:00:00:00:00:01");
    observed.mtu = 65575;
    Link wanted = observed;
    wanted.mac.reset();
    wanted.mtu = 0;
    EXPECT_TRUE(observed.satisfies(wanted));
    wanted.mtu = 1500;
    EXPECT_FALSE(observed.satisfies(wanted));
    wanted.mtu = 0;
    wanted.up = false;
    EXPECT_FALSE(observed.satisfies(wanted));
}

TEST(State, SortsByKey) {
    State state;
    Route a;
    a.table = 1001;
    a.destination = *Prefix::parse("10.0.0.7/32");
    Route b = a;
    b.table = 300;
    Route c = a;
    c.metric = 5;
    state.routes = {c, a, b};
    state.sort();
    EXPECT_EQ(state.routes, (std::vector<Route>{b, a, c}));
}

TEST(Interfaces, LearnAndForget) {
    Interfaces interfaces;
    interfaces.learn("gt1001", 7);
    EXPECT_EQ(interfaces.index("gt1001"), 7U);
    EXPECT_EQ(interfaces.name(7), "gt1001");
    interfaces.learn("gt1001", 8);  // made anew
    EXPECT_EQ(interfaces.index("gt1001"), 8U);
    EXPECT_EQ(interfaces.name(7), std::nullopt);
    interfaces.learn("gt1002", 8);  // renamed
    EXPECT_EQ(interfaces.name(8), "gt1002");
    EXPECT_THROW(interfaces.index("gt1001"), Error);
    interfaces.forget("gt1002");
    try {
        interfaces.index("gt1002");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ENODEV);
    }
}

}  // namespace
}  // namespace nvi::state
