// SPDX-License-Identifier: GPL-2.0-or-later
// The builder: bytes as the kernel wants them, types checked against the table.
#include "gateway/netlink/message.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

constexpr Policy kInside{{1, Kind::u32}, {2, Kind::text}};
constexpr Policy kTop{{1, Kind::u8},    {2, Kind::text},
                      {3, Kind::be32},  {4, Kind::nest, &kInside},
                      {5, Kind::flag},  {6, Kind::old_nest, nullptr},
                      {7, Kind::bytes}, {8, Kind::be64}};

Message request() {
    return Message(RTM_NEWLINK, NLM_F_ACK, ifinfomsg{}, kTop);
}

std::vector<uint8_t> attributes_of(const Message& message) {
    const auto bytes = message.bytes().subspan(NLMSG_LENGTH(sizeof(ifinfomsg)));
    return {bytes.begin(), bytes.end()};
}

TEST(Message, HeaderHasLengthTypeAndRequestFlag) {
    Message message = request();
    message.set_sequence(7);
    nlmsghdr head{};
    std::memcpy(&head, message.bytes().data(), sizeof(head));
    EXPECT_EQ(head.nlmsg_len, NLMSG_LENGTH(sizeof(ifinfomsg)));
    EXPECT_EQ(head.nlmsg_type, RTM_NEWLINK);
    EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    EXPECT_EQ(head.nlmsg_seq, 7U);
}

TEST(Message, PadsWithZeroes) {
    Message message = request();
    message.put_u8(1, 0xab);
    message.put_text(2, "abc");
    message.put_flag(5);
    const std::vector<uint8_t> want{5, 0, 1, 0, 0xab, 0, 0, 0, 8, 0, 2, 0, 'a', 'b', 'c', 0, 4, 0, 5, 0};
    EXPECT_EQ(attributes_of(message), want);
}

TEST(Message, NetworkOrder) {
    Message message = request();
    message.put_be32(3, 0x01020304);
    message.put_be64(8, 0x1001);
    const std::vector<uint8_t> want{8, 0, 3, 0, 1, 2, 3, 4, 12, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0x10, 1};
    EXPECT_EQ(attributes_of(message), want);
}

TEST(Message, NestsCloseByScope) {
    Message message = request();
    {
        const auto nest = message.nest(4);
        message.put_u32(1, 5);
    }
    message.put_u8(1, 1);  // the outer table again
    const std::vector<uint8_t> want{12, 0, 4, 0x80, 8, 0, 1, 0, 5, 0, 0, 0, 5, 0, 1, 0, 1, 0, 0, 0};
    EXPECT_EQ(attributes_of(message), want);
}

TEST(Message, OldNestsAreNotMarked) {
    Message message = request();
    {
        const auto nest = message.nest(6, kInside);
        message.put_text(2, "x");
    }
    const std::vector<uint8_t> want{12, 0, 6, 0, 6, 0, 2, 0, 'x', 0, 0, 0};
    EXPECT_EQ(attributes_of(message), want);
}

TEST(Message, RefusesAnotherTypeThanTheTables) {
    Message message = request();
    EXPECT_THROW(message.put_u32(1, 0), Error);
    EXPECT_THROW(message.put_u8(70, 0), Error);
    EXPECT_THROW(message.put_u8(700, 0), Error);
    EXPECT_THROW((void)message.nest(6), Error);  // no table for its inside
    const auto nest = message.nest(4);
    EXPECT_THROW(message.put_u8(1, 0), Error);
}

TEST(Message, IsBounded) {
    Message message = request();
    const std::vector<uint8_t> block(32 * 1024);
    message.put_bytes(7, block);
    try {
        message.put_bytes(7, block);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), EMSGSIZE);
    }
}

}  // namespace
}  // namespace nvi::netlink
