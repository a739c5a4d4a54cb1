// SPDX-License-Identifier: GPL-2.0-or-later
// Keepalives: what is said is read, and whatever was changed on the way is refused.
#include "peers/keepalive.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace nvi::peers {
namespace {

const Secret kSecret = [] {
    Secret secret;
    for (size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<uint8_t>(i);
    return secret;
}();

Keepalive some(Kind kind) {
    return {.kind = kind,
            .vni = 1001,
            .mac = *Mac::parse("02:4e:0a:00:00:07"),
            .address = *Address::parse("10.0.0.7"),
            .timestamp = 1'700'000'000'123'456'789,
            .observed = kind == Kind::answer ? Endpoint{*Address::parse("198.51.100.2"), 40000} : Endpoint{}};
}

TEST(Keepalive, IsReadAsItWasSaid) {
    for (const Kind kind : {Kind::keepalive, Kind::answer}) {
        const auto frame = encode(some(kind), kSecret);
        EXPECT_EQ(decode(frame, 1001), some(kind));
        EXPECT_TRUE(verify(frame, 1001, kSecret));
    }
}

TEST(Keepalive, IsAGratuitousArp) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    const std::array<uint8_t, 42> arp{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0x4e, 10, 0,    0,  7, 8, 6,
                                      0,    1,    8,    0,    6,    4,    0, 1,    2,  0x4e, 10, 0, 0, 7,
                                      10,   0,    0,    7,    0,    0,    0, 0,    0,  0,    10, 0, 0, 7};
    EXPECT_TRUE(std::equal(arp.begin(), arp.end(), frame.begin()));
}

// The HMAC of these very bytes as Python's hmac module computes it.
TEST(Keepalive, AgreesWithAnotherHmac) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    Secret digest;
    std::copy(frame.begin() + 64, frame.end(), digest.begin());
    EXPECT_EQ(to_text(digest), "deef99e0acadef631fddc029051e9c910a9be8c6738cb80871e042dccf5689d9");
}

TEST(Keepalive, OneBitAnywhereIsRefused) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    for (size_t bit = 0; bit < 8 * frame.size(); ++bit) {
        auto changed = frame;
        changed[bit / 8] = static_cast<uint8_t>(changed[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(verify(changed, 1001, kSecret)) << bit;
    }
}

TEST(Keepalive, OneBitOfTheSecretIsRefused) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    for (size_t bit = 0; bit < 8 * kSecret.size(); ++bit) {
        auto other = kSecret;
        other[bit / 8] = static_cast<uint8_t>(other[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(verify(frame, 1001, other)) << bit;
    }
}

TEST(Keepalive, AnotherTenantsIsRefused) {
    EXPECT_FALSE(verify(encode(some(Kind::keepalive), kSecret), 1002, kSecret));
}

TEST(Keepalive, OtherLengthsAreRefused) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    std::vector<uint8_t> longer(frame.begin(), frame.end());
    longer.push_back(0);
    EXPECT_FALSE(decode(longer, 1001));
    EXPECT_FALSE(verify(longer, 1001, kSecret));
    for (size_t length = 0; length < frame.size(); ++length) {
        EXPECT_FALSE(decode(std::span(frame).first(length), 1001));
        EXPECT_FALSE(verify(std::span(frame).first(length), 1001, kSecret));
    }
}

TEST(Keepalive, WhatEncodeDoesNotMakeIsNotRead) {
    const auto frame = encode(some(Kind::keepalive), kSecret);
    // The destination, the source apart from the sender, another protocol, another operation, a target,
    // another target address, the magic, the version, the kind, what is reserved.
    for (const size_t at : {0, 6, 13, 15, 21, 32, 38, 42, 46, 47, 48}) {
        auto changed = frame;
        changed[at] = static_cast<uint8_t>(changed[at] ^ 4);
        EXPECT_FALSE(decode(changed, 1001)) << at;
    }
    auto group = some(Kind::keepalive);
    group.mac = *Mac::parse("01:00:5e:00:00:01");
    EXPECT_FALSE(decode(encode(group, kSecret), 1001));
    group.mac = Mac();
    EXPECT_FALSE(decode(encode(group, kSecret), 1001));
}

TEST(Secret, Text) {
    const std::string text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    EXPECT_EQ(parse_secret(text), kSecret);
    EXPECT_EQ(parse_secret(" " + text + "\n"), kSecret);
    EXPECT_EQ(to_text(kSecret), text);
    for (const std::string& bad :
         {std::string(), std::string("\n"), text.substr(1), text + "00", "g" + text.substr(1)})
        EXPECT_FALSE(parse_secret(bad)) << bad;
}

}  // namespace
}  // namespace nvi::peers
