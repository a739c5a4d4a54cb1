// SPDX-License-Identifier: GPL-2.0-or-later
// Connections without a port. Conntrack counts them; who they were is told by what fills the addresses.
#include "gatewayd/shortage.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>

#include <cstdlib>

#include "gateway/flows/crowded.hpp"
#include "gateway/flows/statistics.hpp"
#include "gateway/net/error.hpp"
#include "tenants/model.hpp"

namespace nvi::gatewayd {

namespace {

constexpr size_t kShown = 3;

// NVI_SHORTAGE_SECONDS is for tests.
uint64_t interval() {
    constexpr uint64_t kSecond = 1'000'000;
    constexpr uint64_t kMinute = 60 * kSecond;
    const char* given = std::getenv("NVI_SHORTAGE_SECONDS");
    const auto seconds = given == nullptr ? 0 : std::strtoull(given, nullptr, 10);
    return seconds == 0 ? kMinute : seconds * kSecond;
}

}  // namespace

Shortage::Shortage(event::Loop& loop, Name name, Say say)
    : name_(std::move(name)),
      say_(std::move(say)),
      netfilter_(netlink::Socket::open(NETLINK_NETFILTER)),
      counted_(flows::without_port(netfilter_)) {
    timer_.every(loop, interval(), [this] { look(); });
}

void Shortage::look() {
    try {
        const uint64_t now = flows::without_port(netfilter_);
        if (now <= counted_) return;
        std::string text =
            fmt::format("no port was left for {} first packets of connections", now - counted_);
        counted_ = now;
        // Only now are all connections looked at.
        const auto all = flows::connections(netfilter_, std::nullopt);
        for (const auto& each : flows::crowded(all, kShown)) {
            text += fmt::format("; {} has {} from {} to {} {}", name_(each.zone), each.connections,
                                each.address.str(), tenants::protocol_name(each.protocol),
                                each.destination.str());
        }
        say_(text);
    } catch (const Error& error) {
        say_(error.what());
    }
}

}  // namespace nvi::gatewayd
