// SPDX-License-Identifier: GPL-2.0-or-later
// The pool address that a source gets: what we compute is what the kernel's jhash expression says.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

#include "gateway/net/fd.hpp"
#include "nft/elements.hpp"
#include "tests/netns/nft_program.hpp"

namespace nvi::nft {
namespace {

// The kernel puts sources that send something into a set, with the slot that it computes for them.
TEST(NftSlots, AreTheKernels) {
    run("nft flush ruleset");
    run("ip link set lo up; ip addr replace 10.0.0.1/24 dev lo");
    load(
        "table inet other {\n"
        "    set seen { typeof ip saddr . numgen inc mod 256; flags dynamic; size 1000; }\n"
        "    set seen6 { typeof ip6 saddr . numgen inc mod 256; flags dynamic; size 1000; }\n"
        "    chain c { type filter hook output priority 0;\n"
        "        add @seen { ip saddr . jhash ip saddr mod 256 seed 0x6e766900 }\n"
        "        add @seen6 { ip6 saddr . jhash ip6 saddr mod 256 seed 0x6e766900 }\n"
        "    }\n"
        "}\n");
    std::vector<std::string> sources;
    for (int host = 1; host < 60; ++host) sources.push_back("10.0.0." + std::to_string(host));
    for (int host = 1; host < 30; ++host) {
        sources.push_back("fd00::" + std::to_string(host * 37));
        run("ip addr replace " + sources.back() + "/128 dev lo nodad");
    }
    for (const auto& source : sources) {
        const Address address = ip(source.c_str());
        sockaddr_storage from{};
        from.ss_family = static_cast<sa_family_t>(af(address.family()));
        auto& four = reinterpret_cast<sockaddr_in&>(from);
        auto& six = reinterpret_cast<sockaddr_in6&>(from);
        void* bytes =
            address.is_v4() ? static_cast<void*>(&four.sin_addr) : static_cast<void*>(&six.sin6_addr);
        std::memcpy(bytes, address.bytes().data(), address.bytes().size());
        const Fd socket = Fd::adopt(::socket(from.ss_family, SOCK_DGRAM, 0));
        const auto* name = reinterpret_cast<const sockaddr*>(&from);
        ASSERT_EQ(bind(socket.get(), name, sizeof(from)), 0) << source;
        four.sin_port = htons(9);  // the same place in both
        ASSERT_EQ(sendto(socket.get(), "", 0, 0, name, sizeof(from)), 0) << source;
    }
    const std::string seen = run("nft list table inet other");
    for (const auto& source : sources) {
        const std::string line = source + " . " + std::to_string(slot(ip(source.c_str())));
        EXPECT_TRUE(seen.find(" " + line + ",") != std::string::npos ||
                    seen.find(" " + line + " }") != std::string::npos)
            << line << "\n"
            << seen;
    }
    run("nft flush ruleset");
}

}  // namespace
}  // namespace nvi::nft
