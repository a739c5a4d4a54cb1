// SPDX-License-Identifier: GPL-2.0-or-later
// Damaged packets of every kind: whatever comes in, what goes out is whole. NVI_SEED and NVI_PACKETS say
// which and how many.
#include <linux/bpf.h>

#include <random>
#include <set>

#include "services_fixture.hpp"

namespace nvi::services {
namespace {

constexpr size_t kEthernet = 14;

class Damage {
  public:
    explicit Damage(uint32_t seed) : random_(seed) {}

    uint32_t below(uint32_t bound) { return std::uniform_int_distribution<uint32_t>(0, bound - 1)(random_); }

    Bytes packet() {
        Packet packet;
        if (below(3) == 0) {
            packet.source = "2001:db8::9";
            packet.destination = "2001:db8:100::80";
        }
        packet.protocol = below(4) == 0 ? IPPROTO_UDP : IPPROTO_TCP;
        packet.source_port = static_cast<uint16_t>(below(64));
        packet.destination_port = static_cast<uint16_t>(79 + below(4));
        packet.tcp_flags = static_cast<uint8_t>(below(256));
        packet.hops = static_cast<uint8_t>(below(4));
        packet.payload = below(8) == 0 ? 1400 + below(100) : below(40);
        if (below(3) == 0) packet.fragment = static_cast<uint16_t>(below(65536));
        Bytes bytes = packet.bytes();
        if (below(4) == 0) quote(bytes);
        for (uint32_t i = below(5); i > 0; --i)
            bytes[below(static_cast<uint32_t>(bytes.size()))] ^= static_cast<uint8_t>(1U << below(8));
        // Headers are where it hurts.
        for (uint32_t i = below(4); i > 0; --i)
            bytes[kEthernet +
                  below(std::min<uint32_t>(48, static_cast<uint32_t>(bytes.size() - kEthernet)))] =
                static_cast<uint8_t>(below(256));
        if (below(5) == 0)
            bytes.resize(std::max<size_t>(kEthernet, below(static_cast<uint32_t>(bytes.size()) + 1)));
        return bytes;
    }

  private:
    // Makes it an ICMP error that quotes a packet of a service.
    void quote(Bytes& bytes) {
        const bool v4 = bytes[12] == 0x08;
        const Packet about{.source = v4 ? "198.18.0.80" : "2001:db8:100::80",
                           .destination = v4 ? "203.0.113.99" : "2001:db8::9",
                           .source_port = 80,
                           .destination_port = 7};
        const auto quoted = about.bytes();
        const size_t header = v4 ? 20 : 40;
        bytes.resize(std::max(bytes.size(), kEthernet + header + 8 + header + 8));
        bytes[kEthernet + (v4 ? 9 : 6)] = v4 ? 1 : 58;
        bytes[kEthernet + header] = v4 ? 3 : static_cast<uint8_t>(1 + below(4));
        std::copy_n(quoted.begin() + kEthernet, header + 8,
                    bytes.begin() + static_cast<long>(kEthernet + header + 8));
    }

    std::mt19937 random_;
};

uint32_t number(const char* name, uint32_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(text, nullptr, 0));
}

// An IPv4 or IPv6 header that fits the packet behind it, to one of ours or from the service itself.
void expect_whole(const Bytes& in, const Outcome& out) {
    static const std::set<std::string> kBackends = {"172.16.0.11", "172.16.0.12", "fd00::13"};
    ASSERT_GE(out.packet.size(), kEthernet + 20);
    const bool v4 = out.packet[12] == 0x08;
    if (v4) {
        EXPECT_EQ(checksum(out.packet.data() + kEthernet, 20), 0);
        EXPECT_LE(ntohs(out.ip().tot_len) + kEthernet, out.packet.size());
    } else {
        EXPECT_LE(ntohs(out.ip6().payload_len) + kEthernet + 40, out.packet.size());
    }
    if (const auto to = out.to(); !to.empty()) {
        EXPECT_TRUE(kBackends.contains(to)) << to;
        EXPECT_EQ(out.packet.size(), in.size() + (v4 ? 20 : 40));
        return;
    }
    EXPECT_EQ(out.action, XDP_TX);
    if (v4) {
        EXPECT_EQ(out.ip().saddr, inet_addr("198.18.0.80"));
        EXPECT_EQ(checksum(out.packet.data() + kEthernet + 20, out.packet.size() - kEthernet - 20), 0);
    }
}

TEST_F(Program, DamagedPackets) {
    auto four = service({backend("172.16.0.11"), backend("172.16.0.12"), backend("fd00::13")});
    auto six = service({backend("fd00::13")});
    six.vip = address("2001:db8:100::80");
    auto udp = four;
    udp.protocol = IPPROTO_UDP;
    for (const auto& wanted : {four, six, udp}) write_service(*maps_, wanted);

    const uint32_t seed = number("NVI_SEED", 1);
    const uint32_t packets = number("NVI_PACKETS", 100000);
    Damage damage(seed);
    uint32_t sent = 0;
    for (uint32_t i = 0; i < packets && !HasFailure(); ++i) {
        const auto in = damage.packet();
        const auto out = run(in);
        SCOPED_TRACE("seed " + std::to_string(seed) + " packet " + std::to_string(i));
        switch (out.action) {
            case XDP_PASS:
                if (out.meta == 0) {
                    EXPECT_EQ(out.packet, in);
                    break;
                }
                [[fallthrough]];
            case XDP_TX:
            case XDP_REDIRECT:
                ++sent;
                expect_whole(in, out);
                break;
            default:
                EXPECT_EQ(out.action, XDP_DROP);
        }
    }
    // Not all of it may end at the first check.
    EXPECT_GT(sent, packets / 50);
}

}  // namespace
}  // namespace nvi::services
