// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of the XDP program share: packets made by hand, the program run on them by the kernel
// (bpf_prog_test_run), and a network for its route lookups.
//
//   in0 198.51.100.1/24, 2001:db8:1::1/64     packets come by it
//   out0 172.16.0.1/24, fd00::1/64            the backends' side; MTU 1500
#pragma once

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "services/definitions.hpp"
#include "services/object.hpp"

namespace nvi::services {

using Bytes = std::vector<uint8_t>;

inline Address address(const std::string& text) {
    return *Address::parse(text);
}

// RFC 1071 over whole bytes.
inline uint16_t checksum(const uint8_t* data, size_t size, uint32_t sum = 0) {
    for (size_t i = 0; i + 1 < size; i += 2) sum += uint32_t{data[i]} << 8 | data[i + 1];
    if (size % 2 != 0) sum += uint32_t{data[size - 1]} << 8;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

struct Packet {
    std::string source = "203.0.113.99";
    std::string destination = "198.18.0.80";
    uint16_t source_port = 40000;
    uint16_t destination_port = 80;
    uint8_t protocol = IPPROTO_TCP;
    uint8_t tcp_flags = 0x10;  // ACK; 2: SYN
    uint8_t hops = 60;
    uint8_t traffic = 0;
    uint16_t fragment = 0x4000;  // IPv4: flags and offset
    size_t payload = 20;

    Bytes bytes() const {
        const bool v4 = address(source).is_v4();
        Bytes out = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9};
        const auto put16 = [&](size_t value) {
            out.push_back(static_cast<uint8_t>(value >> 8));
            out.push_back(static_cast<uint8_t>(value));
        };
        const auto put_address = [&](const std::string& text) {
            const Address value = address(text);
            out.insert(out.end(), value.bytes().begin(), value.bytes().end());
        };
        put16(v4 ? ETH_P_IP : ETH_P_IPV6);
        const size_t transport = (protocol == IPPROTO_TCP ? 20 : 8) + payload;
        if (v4) {
            const size_t at = out.size();
            out.push_back(0x45);
            out.push_back(traffic);
            put16(20 + transport);
            put16(0x1234);
            put16(fragment);
            out.push_back(hops);
            out.push_back(protocol);
            put16(0);
            put_address(source);
            put_address(destination);
            const uint16_t sum = checksum(out.data() + at, 20);
            out[at + 10] = static_cast<uint8_t>(sum >> 8);
            out[at + 11] = static_cast<uint8_t>(sum);
        } else {
            out.push_back(static_cast<uint8_t>(0x60 | traffic >> 4));
            out.push_back(static_cast<uint8_t>(traffic << 4));
            put16(0);
            put16(transport);
            out.push_back(protocol);
            out.push_back(hops);
            put_address(source);
            put_address(destination);
        }
        put16(source_port);
        put16(destination_port);
        if (protocol == IPPROTO_TCP) {
            out.insert(out.end(), 8, 0);
            out.push_back(0x50);
            out.push_back(tcp_flags);
            out.insert(out.end(), 6, 0);
        } else {
            put16(8 + payload);
            put16(0);
        }
        for (size_t i = 0; i < payload; ++i) out.push_back(static_cast<uint8_t>(i));
        return out;
    }
};

struct Outcome {
    uint32_t action{};
    Bytes packet;
    uint32_t meta{};  // bytes in front of the packet
    uint32_t nanoseconds{};

    // Copies: behind an Ethernet header nothing is aligned.
    iphdr ip(size_t at = ETH_HLEN) const { return header<iphdr>(at); }
    ipv6hdr ip6(size_t at = ETH_HLEN) const { return header<ipv6hdr>(at); }
    // The backend it was sent to.
    std::string to() const {
        if (packet.size() < ETH_HLEN + sizeof(ipv6hdr)) return {};
        std::string text(INET6_ADDRSTRLEN, '\0');
        if (packet[12] == 0x08) {
            const iphdr outer = ip();
            if (outer.protocol != IPPROTO_IPIP) return {};
            inet_ntop(AF_INET, &outer.daddr, text.data(), INET6_ADDRSTRLEN);
        } else {
            const ipv6hdr outer = ip6();
            if (outer.nexthdr != IPPROTO_IPIP && outer.nexthdr != IPPROTO_IPV6) return {};
            inet_ntop(AF_INET6, &outer.daddr, text.data(), INET6_ADDRSTRLEN);
        }
        return text.c_str();
    }

  private:
    template <typename Header>
    Header header(size_t at) const {
        Header header;
        std::memcpy(&header, packet.data() + at, sizeof(header));
        return header;
    }
};

class Program : public testing::Test {
  protected:
    static void sh(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

    void SetUp() override {
        // Turns are counted by each processor for itself.
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
        ASSERT_EQ(unshare(CLONE_NEWNS | CLONE_NEWNET), 0) << std::strerror(errno);
        ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
        ASSERT_EQ(mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr), 0) << std::strerror(errno);
        sh("ip link set lo up && ip link add in0 type veth peer name in1 && ip link add out0 type veth peer "
           "name out1");
        sh("for d in in0 in1 out0 out1; do ip link set $d up; done");
        sh("ip address add 198.51.100.1/24 dev in0 && ip address add 172.16.0.1/24 dev out0");
        sh("ip -6 address add 2001:db8:1::1/64 dev in0 nodad && ip -6 address add fd00::1/64 dev out0 nodad");
        sh("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        sh("for i in 1 2 3 4; do ip neighbour replace 172.16.0.1$i lladdr 02:00:00:00:01:0$i dev out0;"
           " ip -6 neighbour replace fd00::1$i lladdr 02:00:00:00:01:0$i dev out0; done");
        object_.emplace(load(pins_directory()));
        maps_ = Maps::open(pins_directory());
        ASSERT_TRUE(maps_);
        (*maps_)["settings"].put(uint32_t{0}, settings{7, 1000000, 1000000, 1});
    }
    void TearDown() override { umount("/sys/fs/bpf"); }

    Outcome run(Bytes in, uint32_t repeat = 1) const {
        return run(in, object_->program("service_xdp"), repeat);
    }
    static Outcome run(Bytes in, int program, uint32_t repeat = 1) {
        constexpr size_t kRoom = 512;
        Outcome outcome;
        outcome.packet.resize(in.size() + kRoom);
        xdp_md before{};
        xdp_md after{};
        before.data_end = static_cast<uint32_t>(in.size());
        before.ingress_ifindex = if_nametoindex("in0");
        bpf_test_run_opts options{};
        options.sz = sizeof options;
        options.data_in = in.data();
        options.data_size_in = static_cast<uint32_t>(in.size());
        options.data_out = outcome.packet.data();
        options.data_size_out = static_cast<uint32_t>(outcome.packet.size());
        options.ctx_in = &before;
        options.ctx_size_in = sizeof before;
        options.ctx_out = &after;
        options.ctx_size_out = sizeof after;
        options.repeat = static_cast<int>(repeat);
        const int error = bpf_prog_test_run_opts(program, &options);
        EXPECT_EQ(error, 0) << std::strerror(-error);
        outcome.packet.resize(options.data_size_out);
        outcome.meta = after.data;
        outcome.packet.erase(outcome.packet.begin(), outcome.packet.begin() + after.data);
        outcome.action = options.retval;
        outcome.nanoseconds = options.duration;
        return outcome;
    }

    static state::Backend backend(const std::string& to, uint32_t weight = 1) {
        const Address at = address(to);
        return {at, weight, false, address(at.is_v4() ? "172.16.0.1" : "fd00::1"), 0};
    }
    // backends() of so many of 172.16.0.11, .12, ...
    static std::vector<state::Backend> backends(int count) {
        std::vector<state::Backend> result;
        for (int i = 1; i <= count; ++i) result.push_back(backend("172.16.0.1" + std::to_string(i)));
        return result;
    }
    static state::Service service(std::vector<state::Backend> backends) {
        return {.vip = address("198.18.0.80"),
                .protocol = IPPROTO_TCP,
                .first_port = 80,
                .last_port = 81,
                .tenant = 1001,
                .backends = std::move(backends)};
    }
    uint64_t event(const std::string& name) const {
        for (const auto& [event, count] : read_events(*maps_)) {
            if (event == name) return count;
        }
        ADD_FAILURE() << "no event " << name;
        return 0;
    }

    std::optional<bpf::Object> object_;
    std::optional<Maps> maps_;
};

}  // namespace nvi::services
