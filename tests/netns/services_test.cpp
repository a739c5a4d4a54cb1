// SPDX-License-Identifier: GPL-2.0-or-later
// The XDP program, packet by packet, run by the kernel. Topology: services_fixture.hpp.
#include "services/services.hpp"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <map>
#include <thread>

#include "gateway/net/error.hpp"
#include "services_fixture.hpp"

namespace nvi::services {
namespace {

constexpr uint8_t kUnreachable = 3;
constexpr uint8_t kFragmentationNeeded = 4;
constexpr uint8_t kTimeExceeded = 11;

TEST_F(Program, WhatIsNoServicePassesUntouched) {
    write_service(*maps_, service(backends(2)));
    for (const Packet& packet : {Packet{.destination = "198.18.0.81"}, Packet{.destination_port = 82},
                                 Packet{.protocol = IPPROTO_UDP}, Packet{.protocol = IPPROTO_ICMP},
                                 Packet{.source = "2001:db8::9", .destination = "2001:db8:100::80"}}) {
        const auto in = packet.bytes();
        const auto out = run(in);
        EXPECT_EQ(out.action, XDP_PASS);
        EXPECT_EQ(out.packet, in);
    }
    Bytes arp = Packet{}.bytes();
    arp[13] = 0x06;
    EXPECT_EQ(run(arp).packet, arp);
}

TEST_F(Program, Ipv4InIpv4) {
    write_service(*maps_, service(backends(1)));
    for (const uint16_t port : {uint16_t{80}, uint16_t{81}}) {
        const auto in = Packet{.destination_port = port, .hops = 60, .traffic = 0xb9}.bytes();
        const auto out = run(in);
        ASSERT_EQ(out.action, XDP_REDIRECT);
        ASSERT_EQ(out.packet.size(), in.size() + 20);
        EXPECT_EQ(out.to(), "172.16.0.11");
        const iphdr& outer = out.ip();
        EXPECT_EQ(outer.saddr, inet_addr("172.16.0.1"));
        EXPECT_EQ(ntohs(outer.tot_len), in.size() + 20 - ETH_HLEN);
        EXPECT_EQ(outer.tos, 0xb9);
        EXPECT_EQ(ntohs(outer.frag_off), 0x4000);
        EXPECT_EQ(outer.ttl, 64);
        EXPECT_EQ(checksum(out.packet.data() + ETH_HLEN, 20), 0);
        // Next hop: out0's neighbour and out0.
        EXPECT_EQ(Bytes(out.packet.begin(), out.packet.begin() + 6), (Bytes{2, 0, 0, 0, 1, 1}));
        // The packet itself, one hop on.
        EXPECT_EQ(out.ip(34).ttl, 59);
        EXPECT_EQ(checksum(out.packet.data() + 34, 20), 0);
        Bytes inner(out.packet.begin() + 34, out.packet.end());
        inner[8] = in[22];
        inner[10] = in[24];
        inner[11] = in[25];
        EXPECT_EQ(inner, Bytes(in.begin() + 14, in.end()));
    }
}

TEST_F(Program, Ipv4InIpv6AndIpv6InIpv6) {
    write_service(*maps_, service({backend("fd00::12")}));
    const auto in = Packet{.traffic = 0x02}.bytes();
    const auto out = run(in);
    ASSERT_EQ(out.action, XDP_REDIRECT);
    EXPECT_EQ(out.to(), "fd00::12");
    EXPECT_EQ(out.ip6().nexthdr, IPPROTO_IPIP);
    EXPECT_EQ(ntohs(out.ip6().payload_len), in.size() - ETH_HLEN);
    EXPECT_EQ(out.packet[14], 0x60);
    EXPECT_EQ(out.packet[15] >> 4, 0x02);
    EXPECT_EQ(out.ip(54).ttl, 59);

    auto six = service({backend("fd00::13")});
    six.vip = address("2001:db8:100::80");
    write_service(*maps_, six);
    const auto in6 =
        Packet{.source = "2001:db8::9", .destination = "2001:db8:100::80", .traffic = 0xb9}.bytes();
    const auto out6 = run(in6);
    ASSERT_EQ(out6.action, XDP_REDIRECT);
    EXPECT_EQ(out6.to(), "fd00::13");
    EXPECT_EQ(out6.ip6().nexthdr, IPPROTO_IPV6);
    EXPECT_EQ(ntohs(out6.ip6().payload_len), in6.size() - ETH_HLEN);
    EXPECT_EQ((out6.packet[14] & 0xf) << 4 | out6.packet[15] >> 4, 0xb9);
    EXPECT_EQ(out6.ip6(54).hop_limit, 59);
}

TEST_F(Program, ByWhichWayItLeaves) {
    write_service(*maps_, service(backends(1)));
    (*maps_)["settings"].put(uint32_t{0}, settings{7, 1000, 1000, 0});
    const auto handed = run(Packet{}.bytes());
    EXPECT_EQ(handed.action, XDP_PASS);  // to the classifier, with a note in front
    EXPECT_EQ(handed.meta, sizeof(handover));
    EXPECT_EQ(handed.to(), "172.16.0.11");

    auto back = backend("198.51.100.7");
    sh("ip neighbour replace 198.51.100.7 lladdr 02:00:00:00:02:07 dev in0");
    write_service(*maps_, service({back}));
    EXPECT_EQ(run(Packet{}.bytes()).action, XDP_TX);

    write_service(*maps_, service({backend("192.0.2.200")}));
    EXPECT_EQ(run(Packet{}.bytes()).action, XDP_DROP);
    EXPECT_EQ(event("no_route"), 1);

    write_service(*maps_, service({backend("172.16.0.99")}));  // its neighbour is not known yet
    EXPECT_EQ(run(Packet{}.bytes()).action, XDP_PASS);
    sh("ip neighbour replace 172.16.0.99 lladdr 02:00:00:00:02:63 dev out0");
    EXPECT_EQ(run(Packet{}.bytes()).packet[5], 0x63);
}

TEST_F(Program, TooBigIsAnswered) {
    write_service(*maps_, service(backends(1)));
    EXPECT_EQ(run(Packet{.payload = 1440}.bytes()).action, XDP_REDIRECT);  // 1480 and 20
    const auto out = run(Packet{.payload = 1441}.bytes());
    ASSERT_EQ(out.action, XDP_TX);
    ASSERT_EQ(out.packet.size(), 14U + 20 + 8 + 28);
    EXPECT_EQ(out.ip().saddr, inet_addr("198.18.0.80"));
    EXPECT_EQ(out.ip().daddr, inet_addr("203.0.113.99"));
    EXPECT_EQ(checksum(out.packet.data() + 14, 20), 0);
    EXPECT_EQ(checksum(out.packet.data() + 34, 36), 0);
    EXPECT_EQ(out.packet[34], kUnreachable);
    EXPECT_EQ(out.packet[35], kFragmentationNeeded);
    EXPECT_EQ(out.packet[40] << 8 | out.packet[41], 1480);
    EXPECT_EQ(event("too_big"), 1);

    auto six = service({backend("fd00::13")});
    six.vip = address("2001:db8:100::80");
    write_service(*maps_, six);
    const auto out6 =
        run(Packet{.source = "2001:db8::9", .destination = "2001:db8:100::80", .payload = 1440}.bytes());
    ASSERT_EQ(out6.action, XDP_TX);
    ASSERT_EQ(out6.packet.size(), 14U + 40 + 8 + 48);
    EXPECT_EQ(out6.packet[54], 2);
    EXPECT_EQ(out6.packet[60] << 8 | out6.packet[61], 1460);
    // The pseudo header: addresses, length, protocol.
    const uint32_t pseudo = [&] {
        const uint16_t sum = checksum(out6.packet.data() + 22, 32);
        return uint32_t{static_cast<uint16_t>(~sum)} + 56 + 58;
    }();
    EXPECT_EQ(checksum(out6.packet.data() + 54, 56, pseudo), 0);
}

TEST_F(Program, LastHopIsAnswered) {
    write_service(*maps_, service(backends(1)));
    const auto out = run(Packet{.hops = 1}.bytes());
    ASSERT_EQ(out.action, XDP_TX);
    EXPECT_EQ(out.packet[34], kTimeExceeded);
    (*maps_)["settings"].put(uint32_t{0}, settings{7, 0, 0, 1});
    EXPECT_EQ(run(Packet{.hops = 1}.bytes()).action, XDP_DROP);
}

TEST_F(Program, ErrorsGoWhereTheirConnectionGoes) {
    write_service(*maps_, service(backends(4)));
    for (uint16_t port = 1; port < 30; ++port) {
        const auto home = run(Packet{.source_port = port}.bytes()).to();
        // From a router on the way to the client: about a packet from the VIP to it.
        Packet about{.source = "198.18.0.80",
                     .destination = "203.0.113.99",
                     .source_port = 80,
                     .destination_port = port};
        const auto quoted = about.bytes();
        auto icmp = Packet{.source = "192.0.2.1", .protocol = IPPROTO_ICMP, .payload = 28}.bytes();
        icmp[34] = kUnreachable;
        icmp[35] = kFragmentationNeeded;
        std::copy(quoted.begin() + 14, quoted.begin() + 14 + 28, icmp.begin() + 42);
        const auto out = run(icmp);
        EXPECT_EQ(out.action, XDP_REDIRECT);
        EXPECT_EQ(out.to(), home);
    }
}

TEST_F(Program, FragmentsGoWhereTheFirstGoes) {
    write_service(*maps_, service(backends(4)));
    const auto later = Packet{.fragment = 0x0004}.bytes();
    EXPECT_EQ(run(later).action, XDP_PASS);
    const auto home = run(Packet{.fragment = 0x2000}.bytes()).to();
    const auto out = run(later);
    EXPECT_EQ(out.to(), home);
    EXPECT_EQ(ntohs(out.ip(34).frag_off), 0x0004);
}

// The table of connections: what is established stays where it is, whatever comes and goes.
TEST_F(Program, EstablishedConnectionsStay) {
    write_service(*maps_, service(backends(4)));
    std::map<uint16_t, std::string> home;
    for (uint16_t port = 1; port <= 400; ++port) home[port] = run(Packet{.source_port = port}.bytes()).to();
    write_service(*maps_, service(backends(3)));
    for (const auto& [port, backend] : home) {
        const auto now = run(Packet{.source_port = port}.bytes()).to();
        if (backend == "172.16.0.14")
            EXPECT_NE(now, backend);
        else
            EXPECT_EQ(now, backend);
        home[port] = now;
    }
    write_service(*maps_, service(backends(4)));
    for (const auto& [port, backend] : home)
        EXPECT_EQ(run(Packet{.source_port = port}.bytes()).to(), backend);
    // A program that takes over finds them.
    const auto next = load(pins_directory());
    for (const auto& [port, backend] : home)
        EXPECT_EQ(run(Packet{.source_port = port}.bytes(), next.program("service_xdp")).to(), backend);
}

// One of a hundred backends goes: of the connections of the others less than 2 % go elsewhere by the table of
// places alone, and none with the table of connections.
TEST_F(Program, RemovalOfOneOfAHundredMovesFewOthers) {
    constexpr uint16_t kConnections = 5000;
    std::vector<state::Backend> hundred;
    for (int i = 2; i <= 101; ++i) hundred.push_back(backend("172.16.0." + std::to_string(i)));
    auto fewer = hundred;
    fewer.erase(fewer.begin() + 49);
    for (const bool remembered : {false, true}) {
        (*maps_)["settings"].put(uint32_t{0}, settings{7, remembered ? 1000000U : 0U, 0, 1});
        write_service(*maps_, service(hundred));
        std::map<uint16_t, std::string> home;
        for (uint16_t port = 1; port <= kConnections; ++port)
            home[port] = run(Packet{.source_port = port}.bytes()).to();
        write_service(*maps_, service(fewer));
        int moved = 0;
        int others = 0;
        for (const auto& [port, backend] : home) {
            const auto now = run(Packet{.source_port = port}.bytes()).to();
            EXPECT_NE(now, "172.16.0.51");
            if (backend == "172.16.0.51") continue;
            ++others;
            moved += now != backend ? 1 : 0;
        }
        EXPECT_GT(others, kConnections * 97 / 100);
        RecordProperty(remembered ? "moved_with_the_table" : "moved", moved);
        if (remembered)
            EXPECT_EQ(moved, 0);
        else
            EXPECT_LT(moved, others * 2 / 100);
    }
}

TEST_F(Program, DrainingTakesNoNewConnections) {
    write_service(*maps_, service(backends(2)));
    std::map<uint16_t, std::string> home;
    for (uint16_t port = 1; port <= 100; ++port) home[port] = run(Packet{.source_port = port}.bytes()).to();
    write_service(*maps_, service({backend("172.16.0.11"), backend("172.16.0.12", 0)}));
    for (const auto& [port, backend] : home)
        EXPECT_EQ(run(Packet{.source_port = port}.bytes()).to(), backend);
    for (uint16_t port = 1; port <= 300; ++port)  // those that are known open again, and new ones
        EXPECT_EQ(run(Packet{.source_port = port, .tcp_flags = 2}.bytes()).to(), "172.16.0.11");
    write_service(*maps_, service({backend("172.16.0.11", 0)}));
    EXPECT_EQ(run(Packet{.source_port = 9999, .tcp_flags = 2}.bytes()).action, XDP_DROP);
    EXPECT_EQ(event("no_backend"), 1);
}

TEST_F(Program, HandshakeStaysWhenBackendsChange) {
    auto turns = service(backends(2));
    turns.scheduler = state::Scheduler::round_robin;
    write_service(*maps_, turns);
    std::map<std::string, int> count;
    for (uint16_t port = 1; port <= 10; ++port) {
        const auto syn = run(Packet{.source_port = port, .tcp_flags = 2}.bytes()).to();
        EXPECT_EQ(run(Packet{.source_port = port, .tcp_flags = 2}.bytes()).to(), syn);  // sent again
        auto more = turns;
        more.backends = backends(2 + port % 2);
        write_service(*maps_, more);
        EXPECT_EQ(run(Packet{.source_port = port}.bytes()).to(), syn);
        write_service(*maps_, turns);
        ++count[syn];
    }
    EXPECT_EQ(count["172.16.0.11"], 5);
    EXPECT_EQ(count["172.16.0.12"], 5);
}

TEST_F(Program, OneSourceGoesToOneBackend) {
    auto service = this->service(backends(4));
    service.scheduler = state::Scheduler::source_hash;
    write_service(*maps_, service);
    const auto home = run(Packet{}.bytes()).to();
    for (uint16_t port = 1; port <= 50; ++port)
        EXPECT_EQ(run(Packet{.source_port = port}.bytes()).to(), home);
}

TEST_F(Program, CountsByServiceAndBackend) {
    write_service(*maps_, service(backends(2)));
    std::map<std::string, uint64_t> sent;
    for (uint16_t port = 1; port <= 20; ++port) ++sent[run(Packet{.source_port = port}.bytes()).to()];
    const auto traffic = read_traffic(*maps_, service({}));
    EXPECT_EQ(traffic.total.packets, 20);
    EXPECT_EQ(traffic.total.bytes, 20 * 60);
    for (const auto& [backend, count] : sent) EXPECT_EQ(traffic.backends.at(address(backend)).packets, count);
}

TEST_F(Program, MapsTellWhatIsThere) {
    auto wanted = service(backends(3));
    wanted.backends[1].weight = 7;
    wanted.backends[2].inside = true;
    wanted.backends[2].mtu = 1438;
    write_service(*maps_, wanted);
    EXPECT_EQ(read_services(*maps_), std::vector{wanted});
    wanted.last_port = 90;
    wanted.backends.pop_back();
    write_service(*maps_, wanted);
    EXPECT_EQ(read_services(*maps_), std::vector{wanted});
    wanted.last_port = 80;
    wanted.scheduler = state::Scheduler::source_hash;
    write_service(*maps_, wanted);
    EXPECT_EQ(read_services(*maps_), std::vector{wanted});
    EXPECT_EQ(run(Packet{.destination_port = 81}.bytes()).action, XDP_PASS);
    remove_service(*maps_, wanted);
    EXPECT_TRUE(read_services(*maps_).empty());
    EXPECT_EQ(run(Packet{}.bytes()).action, XDP_PASS);
}

// Whatever a change was stopped in front of, it is seen, and finished by the next.
TEST_F(Program, UnfinishedChangesAreSeen) {
    const auto wanted = service(backends(2));
    write_service(*maps_, wanted);
    vip_key key{};
    key.address[0] = inet_addr("198.18.0.80");
    key.port = htons(81);
    key.protocol = IPPROTO_TCP;
    key.family = 4;
    (*maps_)["vips"].remove(key);
    EXPECT_FALSE(read_services(*maps_).at(0).whole);
    write_service(*maps_, wanted);
    EXPECT_EQ(read_services(*maps_), std::vector{wanted});

    key.port = htons(80);
    auto half = *(*maps_)["definitions"].get<vip_key, definition>(key);
    half.whole = 0;
    (*maps_)["definitions"].put(key, half);
    EXPECT_NE(read_services(*maps_), std::vector{wanted});
    remove_service(*maps_, wanted);
    EXPECT_TRUE(read_services(*maps_).empty());
}

// Down is not drained: what a file says of the weight stays.
TEST_F(Program, BackendsThatAreDownGetNoNewConnections) {
    write_service(*maps_, service(backends(2)));
    EXPECT_TRUE(mark_backend(*maps_, service({}), address("172.16.0.11"), true));
    EXPECT_FALSE(mark_backend(*maps_, service({}), address("172.16.0.11"), true));
    EXPECT_EQ(read_services(*maps_), std::vector{service(backends(2))});
    EXPECT_EQ(read_down(*maps_, service({})), std::vector{address("172.16.0.11")});
    for (uint16_t port = 1; port < 50; ++port)
        EXPECT_EQ(run(Packet{.source_port = port, .tcp_flags = 2}.bytes()).to(), "172.16.0.12");
    write_service(*maps_, service(backends(3)));
    for (uint16_t port = 50; port < 99; ++port)
        EXPECT_NE(run(Packet{.source_port = port, .tcp_flags = 2}.bytes()).to(), "172.16.0.11");
    write_service(*maps_, service(backends(1)));  // nobody else: better than nothing
    EXPECT_EQ(run(Packet{.source_port = 99, .tcp_flags = 2}.bytes()).to(), "172.16.0.11");
}

// A flood that is never answered pushes out no connection, and one of bare ACKs only so many a second.
TEST_F(Program, FloodsPushNothingOut) {
    write_service(*maps_, service(backends(4)));
    (*maps_)["settings"].put(uint32_t{0}, settings{7, 1000000, 0, 1});
    std::map<uint16_t, std::string> home;
    for (uint16_t port = 1; port <= 200; ++port) home[port] = run(Packet{.source_port = port}.bytes()).to();
    (*maps_)["settings"].put(uint32_t{0}, settings{7, 1000, 0, 1});
    // More of each kind than its table has places.
    for (uint32_t i = 0; i < 360000; ++i) {
        Packet flood{.source_port = static_cast<uint16_t>(i),
                     .tcp_flags = static_cast<uint8_t>(i % 5 == 0 ? 2 : 16)};
        flood.source = Address::v4(0x0b000000 + i * 7).str();
        run(flood.bytes());
    }
    EXPECT_GT(event("not_remembered"), 0);
    write_service(*maps_, service({backend("172.16.0.11", 1), backend("172.16.0.12", 0),
                                   backend("172.16.0.13", 0), backend("172.16.0.14", 0)}));
    for (const auto& [port, backend] : home)
        EXPECT_EQ(run(Packet{.source_port = port}.bytes()).to(), backend);
}

// bpf() is denied to the calling thread, as a kernel denies it that was built without.
void go_without_bpf() {
    sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bpf, 0, 1),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog filter{std::size(program), program};
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0) << std::strerror(errno);
}

TEST(WithoutBpf, ThereAreNoServicesByXdp) {
    std::thread([] {
        go_without_bpf();
        Services services;
        EXPECT_TRUE(services.services({}).empty());
        EXPECT_TRUE(services.programs().empty());
        EXPECT_TRUE(services.events().empty());
        EXPECT_THROW(services.put(state::Program{"lo", 1}), Error);
    }).join();
}

}  // namespace
}  // namespace nvi::services
