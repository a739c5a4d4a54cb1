// SPDX-License-Identifier: GPL-2.0-or-later
// Ten thousand tenants in the table of the running kernel, in an empty network namespace.
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <chrono>
#include <cstdio>
#include <fstream>

#include "nft/frame.hpp"
#include "nft/observe.hpp"
#include "nft/transaction.hpp"
#include "tests/netns/nft_elements.hpp"
#include "tests/netns/nft_program.hpp"

namespace nvi::nft {
namespace {

constexpr uint32_t kTenants = 10000;

class NftScaleTest : public testing::Test {
  protected:
    void SetUp() override { run("nft flush ruleset"); }
    void TearDown() override { run("nft flush ruleset"); }

    netlink::Socket socket_ = netlink::Socket::open(NETLINK_NETFILTER);
};

// One tenant of those that bind much: 2 floating addresses, a pool, 5 forwards, 20 rules of its own.
std::vector<Element> large_tenant(Zone id) {
    auto all = tenant(id);
    const auto at = [id](uint32_t host) { return Address::v4(0xcb000000 + id * 8 + host); };
    all.push_back(floating_in(id, at(3), ip("10.0.0.8")));
    all.push_back(floating_out(id, ip("10.0.0.8"), at(3)));
    append(all, bound(id, at(3)));
    for (uint16_t port = 0; port < 5; ++port)
        all.push_back(forward(id, 6, at(2), 8000 + port, ip("10.0.0.7"), 80));
    append(all, firewall(id, Verdict::drop, Verdict::accept, false));
    for (uint32_t i = 0; i < 20; ++i) {
        FirewallKey key{.first_protocol = 6, .last_protocol = 6};
        const uint32_t net = 0x0a000000 + ((i * 7 + id % 16) << 16);
        key.first_remote = Address::v4(net);
        key.last_remote = Address::v4(net + 0xffff);
        key.first_port = static_cast<uint16_t>(100 + i * 10);
        key.last_port = static_cast<uint16_t>(100 + i * 10 + id % 10);
        all.push_back(firewall_rule(id, true, key, Verdict::accept, false));
    }
    return all;
}

// kB of the whole machine, in what nf_tables allocates from: other programs blur it.
long kernel_memory() {
    std::ifstream file("/proc/meminfo");
    long sum = 0;
    std::string line;
    while (std::getline(file, line)) {
        for (const char* name : {"Slab:", "VmallocUsed:", "Percpu:"}) {
            if (line.starts_with(name)) sum += std::stol(line.substr(line.find(':') + 1));
        }
    }
    return sum;
}

TEST_F(NftScaleTest, TenThousandTenantsWithTwentyRulesEach) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    };
    std::vector<Element> all;
    for (Zone id = 1000; id < 1000 + kTenants; ++id) append(all, large_tenant(id));
    all = sorted(all);

    const long before = kernel_memory();
    auto start = Clock::now();
    Transaction transaction;
    transaction.add_frame();
    for (const auto& element : all) transaction.add(element);
    transaction.commit(socket_, generation(socket_));
    std::printf("%zu elements: %.0f ms, %ld MiB\n", all.size(), since(start),
                (kernel_memory() - before) / 1024);

    start = Clock::now();
    const auto observed = observe(socket_);
    std::printf("observe: %.0f ms\n", since(start));
    EXPECT_EQ(observed.ruleset.elements, all);

    start = Clock::now();
    Transaction removal;
    for (const auto& element : large_tenant(5000)) removal.remove(element);
    removal.commit(socket_, observed.generation);
    std::printf("remove one tenant: %.1f ms\n", since(start));
    start = Clock::now();
    Transaction addition;
    for (const auto& element : large_tenant(5000)) addition.add(element);
    addition.commit(socket_, generation(socket_));
    std::printf("add one tenant: %.1f ms\n", since(start));

    Transaction end;
    end.remove_table();
    end.commit(socket_, generation(socket_));
}

TEST_F(NftScaleTest, TenThousandTenants) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    };
    auto start = Clock::now();
    std::vector<Element> all;
    for (Zone id = 1000; id < 1000 + kTenants; ++id) append(all, tenant(id));
    all = sorted(all);
    std::printf("make and sort %zu elements: %.0f ms\n", all.size(), since(start));

    start = Clock::now();
    Transaction transaction;
    transaction.add_frame();
    for (const auto& element : all) transaction.add(element);
    std::printf("encode %zu bytes: %.0f ms\n", transaction.bytes(), since(start));
    transaction.commit(socket_, generation(socket_));
    std::printf("and commit: %.0f ms\n", since(start));

    start = Clock::now();
    const auto observed = observe(socket_);
    std::printf("observe: %.0f ms\n", since(start));
    EXPECT_EQ(observed.ruleset.elements, all);

    start = Clock::now();
    const auto one = observe_elements(socket_, tenant(5000));
    std::printf("observe one tenant: %.2f ms\n", since(start));
    EXPECT_EQ(one.ruleset.elements, sorted(tenant(5000)));

    start = Clock::now();
    Transaction removal;
    for (const auto& element : tenant(5000)) removal.remove(element);
    removal.commit(socket_, one.generation);
    std::printf("remove one tenant: %.2f ms\n", since(start));
    start = Clock::now();
    Transaction addition;
    for (const auto& element : tenant(5000)) addition.add(element);
    addition.commit(socket_, generation(socket_));
    std::printf("add one tenant: %.2f ms\n", since(start));

    start = Clock::now();
    Transaction end;
    end.remove_table();
    end.commit(socket_, generation(socket_));
    std::printf("remove the table: %.0f ms\n", since(start));
}

}  // namespace
}  // namespace nvi::nft
