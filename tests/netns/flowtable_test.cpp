// SPDX-License-Identifier: GPL-2.0-or-later
// The table with a flowtable, in a kernel that has them (the lab's): few devices, and more than the
// kernel can list in a message.
//
//   dummies device-00001 … device-01700, in an empty network namespace
#include "nft/flowtable.hpp"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "nft/describe.hpp"
#include "nft/elements.hpp"
#include "nft/frame_text.hpp"
#include "nft/observe.hpp"
#include "nft/transaction.hpp"

namespace nvi::nft {
namespace {

constexpr FrameOptions kOffload{.offload = true};

void run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

std::string name(int number) {
    char text[16];
    std::snprintf(text, sizeof(text), "device-%05d", number);
    return text;
}

std::vector<std::string> make_devices(int from, int to) {
    const std::string path = testing::TempDir() + "nvi-devices.batch";
    std::vector<std::string> names;
    {
        std::ofstream batch(path);
        for (int i = from; i <= to; ++i) {
            names.push_back(name(i));
            batch << "link add " << names.back() << " type dummy\n";
        }
    }
    run("ip -batch " + path);
    std::remove(path.c_str());
    return names;
}

std::vector<std::string> join(std::vector<std::string> to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
    std::ranges::sort(to);
    return to;
}

// The kernel keeps names of devices, not devices (Transaction::add_flow_devices()).
bool since_6_16() {
    utsname system{};
    uname(&system);
    int major = 0;
    int minor = 0;
    EXPECT_EQ(std::sscanf(system.release, "%d.%d", &major, &minor), 2) << system.release;
    return std::pair(major, minor) >= std::pair(6, 16);
}

class FlowtableTest : public testing::Test {
  protected:
    void SetUp() override { run("nft flush ruleset"); }
    void TearDown() override { run("nft flush ruleset"); }

    void commit(const std::function<void(Transaction&)>& fill) {
        Transaction transaction;
        fill(transaction);
        transaction.commit(socket_, generation(socket_));
    }

    // Debian's 6.1 is built without; the lab's script says so, lest it be taken for a fault elsewhere.
    const bool hooks_ = std::getenv("NVI_NO_HOOK_LIST") == nullptr;
    const bool names_stay_ = since_6_16();
    netlink::Socket socket_ = netlink::Socket::open(NETLINK_NETFILTER);
};

TEST_F(FlowtableTest, FrameIsGivenBackAndIsAsItsText) {
    commit([](Transaction& transaction) { transaction.add_frame(kOffload); });
    EXPECT_EQ(observe_frame(socket_), describe(frame_objects(kOffload)));
    EXPECT_EQ(observe(socket_).ruleset.frame, frame_digest(kOffload));
    EXPECT_NE(frame_digest(kOffload), frame_digest());
    if (std::getenv("NVI_NO_NFT_TEXT") != nullptr) return;  // tests/netns/nft.test tells why

    run("nft flush ruleset");
    const std::string path = testing::TempDir() + "nvi-offload.nft";
    std::ofstream(path) << frame_text(kOffload);
    run("nft -f " + path);
    std::remove(path.c_str());
    EXPECT_EQ(observe_frame(socket_), describe(frame_objects(kOffload)));
}

TEST_F(FlowtableTest, DevicesComeAndGo) {
    const auto first = make_devices(1, 3);
    commit([&](Transaction& transaction) {
        transaction.add_frame(kOffload);
        transaction.add_flow_devices(first);
    });
    EXPECT_EQ(observe(socket_).ruleset.flow_devices, first);
    // Whatever is believed of them.
    const std::vector<std::vector<std::string>> beliefs{{}, first, {name(2)}, {"lo", "nothing"}};
    for (const auto& likely : beliefs) {
        const auto hooked = hooked_flow_devices(socket_, join(first, {"lo", "nothing"}), likely);
        EXPECT_EQ(hooked.value_or(first), first) << likely.size();
        EXPECT_EQ(hooked.has_value(), hooks_);
    }

    const std::vector<std::string> again{name(3), "lo"};
    commit([&](Transaction& transaction) { transaction.add_flow_devices(again); });
    EXPECT_EQ(observe(socket_).ruleset.flow_devices, join(first, {"lo"}));
    commit([&](Transaction& transaction) { transaction.remove_flow_devices(std::vector{name(1)}); });
    EXPECT_EQ(observe(socket_).ruleset.flow_devices, (std::vector{name(2), name(3), std::string("lo")}));
    run("ip link delete " + name(2));
    if (names_stay_)
        commit([&](Transaction& transaction) { transaction.remove_flow_devices(std::vector{name(2)}); });
    EXPECT_EQ(observe(socket_).ruleset.flow_devices, (std::vector{name(3), std::string("lo")}));

    const auto found = observe_elements(socket_, {}, {name(1), name(3)});
    EXPECT_TRUE(found.ruleset.flow_devices_known);
    EXPECT_EQ(found.ruleset.flow_devices, std::vector{name(3)});
    EXPECT_EQ(found.ruleset.frame, frame_digest(kOffload));

    const std::vector<std::string> missing{"nothing"};
    if (names_stay_) {
        commit([&](Transaction& transaction) { transaction.add_flow_devices(missing); });
    } else {
        try {
            commit([&](Transaction& transaction) { transaction.add_flow_devices(missing); });
            ADD_FAILURE() << "a device that does not exist";
        } catch (const TransactionError& error) {
            EXPECT_NE(std::string(error.what()).find("add flowtable inet nvi flows devices { nothing }"),
                      std::string::npos)
                << error.what();
        }
    }
    run("ip link delete " + name(1) + "; ip link delete " + name(3));
}

TEST_F(FlowtableTest, MoreDevicesThanAMessageHolds) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    };
    const auto devices = make_devices(1, 1700);
    commit([&](Transaction& transaction) {
        transaction.add_frame(kOffload);
        for (const auto& device : devices) transaction.add(zone(device, 1001));
    });
    auto start = Clock::now();
    commit([&](Transaction& transaction) { transaction.add_flow_devices(devices); });
    std::printf("add %zu devices: %.0f ms\n", devices.size(), since(start));

    EXPECT_FALSE(listed_flow_devices(socket_).has_value()) << "the kernel can list them: raise the number";
    start = Clock::now();
    const auto observed = observe(socket_).ruleset;
    std::printf("observe: %.0f ms\n", since(start));
    EXPECT_EQ(observed.flow_devices_known, hooks_);
    EXPECT_EQ(observed.flow_devices, hooks_ ? devices : std::vector<std::string>());

    // Since 6.11 the kernel waits for an RCU grace period with each device (nf_flowtable_by_dev_remove()):
    // few, so that the test ends soon.
    const auto left = std::span(devices).first(1600);
    start = Clock::now();
    commit(
        [&](Transaction& transaction) { transaction.remove_flow_devices(std::span(devices).subspan(1600)); });
    std::printf("remove 100 devices: %.0f ms\n", since(start));
    EXPECT_EQ(observe(socket_).ruleset.flow_devices, std::vector(left.begin(), left.end()));
}

}  // namespace
}  // namespace nvi::nft
