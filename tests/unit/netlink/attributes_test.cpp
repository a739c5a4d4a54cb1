// SPDX-License-Identifier: GPL-2.0-or-later
// The parser: what was built is read back; nothing past the end of the bytes is believed.
#include "gateway/netlink/attributes.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/message.hpp"

namespace nvi::netlink {
namespace {

constexpr Policy kInside{{1, Kind::u32}};
constexpr Policy kTop{{1, Kind::u8},
                      {2, Kind::text},
                      {3, Kind::be32},
                      {4, Kind::nest, &kInside},
                      {5, Kind::u16},
                      {6, Kind::u64},
                      {7, Kind::bytes, nullptr, 4}};

std::vector<uint8_t> bytes_of(const Message& message) {
    return {message.bytes().begin(), message.bytes().end()};
}

Message sample() {
    Message message(RTM_NEWLINK, 0, ifinfomsg{}, kTop);
    message.put_u8(1, 9);
    message.put_text(2, "vrf1001");
    message.put_be32(3, 1001);
    {
        const auto nest = message.nest(4);
        message.put_u32(1, 77);
    }
    message.put_u16(5, 513);
    message.put_u64(6, 1ULL << 40);
    return message;
}

int code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return 0;
}

TEST(Attributes, ReadBackWhatWasBuilt) {
    const auto bytes = bytes_of(sample());
    const Attributes attributes = MessageView(bytes).attributes<ifinfomsg>(kTop);
    EXPECT_EQ(attributes.u8(1), 9);
    EXPECT_EQ(attributes.text(2), "vrf1001");
    EXPECT_EQ(attributes.be32(3), 1001U);
    EXPECT_EQ(attributes.nest(4)->u32(1), 77U);
    EXPECT_EQ(attributes.u16(5), 513);
    EXPECT_EQ(attributes.u64(6), 1ULL << 40);
    EXPECT_FALSE(attributes.has(7));
    EXPECT_EQ(attributes.bytes(7), std::nullopt);
    EXPECT_EQ(code_of([&] { attributes.u32(1); }), EBADMSG);
}

TEST(Attributes, EveryCutIsRefusedOrReadShort) {
    const auto whole = bytes_of(sample());
    for (size_t length = 0; length < whole.size(); ++length) {
        const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
        EXPECT_EQ(code_of([&] { messages(cut, [](const MessageView&) { return true; }); }),
                  length == 0 ? 0 : EBADMSG)
            << length;
    }
}

TEST(Attributes, LengthsAreHeldAgainstTheTable) {
    const std::vector<uint8_t> short_u16{5, 0, 5, 0, 1, 0, 0, 0};
    EXPECT_EQ(code_of([&] { Attributes(short_u16, kTop); }), EBADMSG);
    const std::vector<uint8_t> short_bytes{7, 0, 7, 0, 1, 2, 3, 0};
    EXPECT_EQ(code_of([&] { Attributes(short_bytes, kTop); }), EBADMSG);
    const std::vector<uint8_t> past_the_end{9, 0, 1, 0, 1, 0, 0, 0};
    EXPECT_EQ(code_of([&] { Attributes(past_the_end, kTop); }), EBADMSG);
    const std::vector<uint8_t> no_length{0, 0, 1, 0};
    EXPECT_EQ(code_of([&] { Attributes(no_length, kTop); }), EBADMSG);
}

TEST(Attributes, UnknownTypesArePassedOver) {
    const std::vector<uint8_t> bytes{4, 0, 0xff, 0x3f, 8, 0, 70, 0, 0, 0, 0, 0, 5, 0, 1, 0, 3, 0, 0, 0};
    EXPECT_EQ(Attributes(bytes, kTop).u8(1), 3);
}

TEST(Attributes, LastOneMayLackItsPadding) {
    const std::vector<uint8_t> bytes{5, 0, 1, 0, 3};
    EXPECT_EQ(Attributes(bytes, kTop).u8(1), 3);
}

TEST(Attributes, TextEndsAtTheFirstNulOrAtItsEnd) {
    const std::vector<uint8_t> bytes{7, 0, 2, 0, 'a', 'b', 'c', 0};
    EXPECT_EQ(Attributes(bytes, kTop).text(2), "abc");
    const std::vector<uint8_t> early{8, 0, 2, 0, 'a', 0, 'c', 0};
    EXPECT_EQ(Attributes(early, kTop).text(2), "a");
}

TEST(Messages, InOrderUntilStopped) {
    auto bytes = bytes_of(sample());
    const auto second = bytes_of(Message(RTM_DELLINK, 0, ifinfomsg{}, kTop));
    bytes.insert(bytes.end(), second.begin(), second.end());
    std::vector<uint16_t> types;
    EXPECT_TRUE(messages(bytes, [&](const MessageView& message) {
        types.push_back(message.type());
        return true;
    }));
    EXPECT_EQ(types, (std::vector<uint16_t>{RTM_NEWLINK, RTM_DELLINK}));
    EXPECT_FALSE(messages(bytes, [](const MessageView&) { return false; }));
}

TEST(Messages, FamilyHeaderMustFit) {
    const auto bytes = bytes_of(Message(RTM_NEWROUTE, 0, rtgenmsg{}, kTop));
    EXPECT_EQ(code_of([&] { MessageView(bytes).family<rtmsg>(); }), EBADMSG);
    EXPECT_EQ(code_of([&] { MessageView(bytes).attributes<rtmsg>(kTop); }), EBADMSG);
}

}  // namespace
}  // namespace nvi::netlink
