// SPDX-License-Identifier: GPL-2.0-or-later
// Routes of ours by hand: 10.x.y.z/32 dev lo, which is up.
#pragma once
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstdint>

#include "gateway/netlink/pipeline.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::netlink {

inline constexpr Policy kRoute{{RTA_DST, Kind::be32}, {RTA_OIF, Kind::u32}, {RTA_TABLE, Kind::u32}};
inline constexpr Policy kLink{{IFLA_IFNAME, Kind::text}};

inline constexpr uint8_t kMark = 110;

inline Message route(uint16_t type, uint16_t flags, uint32_t destination) {
    rtmsg head{};
    head.rtm_family = AF_INET;
    head.rtm_dst_len = 32;
    head.rtm_table = RT_TABLE_MAIN;
    head.rtm_protocol = kMark;
    head.rtm_scope = RT_SCOPE_LINK;
    head.rtm_type = RTN_UNICAST;
    Message message(type, flags, head, kRoute);
    message.put_be32(RTA_DST, destination);
    message.put_u32(RTA_OIF, 1);
    return message;
}
inline Message add(uint32_t destination) {
    return route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, destination);
}
inline Message remove(uint32_t destination) {
    return route(RTM_DELROUTE, 0, destination);
}

class Netlink : public testing::Test {
  protected:
    void SetUp() override {
        ifinfomsg head{};
        head.ifi_index = 1;
        head.ifi_flags = 1;  // IFF_UP
        head.ifi_change = 1;
        Message up(RTM_NEWLINK, 0, head, kLink);
        change(socket_, up, "lo up");
    }
    Socket socket_ = Socket::open(NETLINK_ROUTE);
};

}  // namespace nvi::netlink
