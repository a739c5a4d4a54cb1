// SPDX-License-Identifier: GPL-2.0-or-later
// The node's file, and what a node makes of answers.
#include <gtest/gtest.h>

#include "gateway/net/error.hpp"
#include "gwpeer/config.hpp"
#include "gwpeer/session.hpp"

namespace nvi::gwpeer {
namespace {

const std::string kWhole =
    "# of acme\nname = a1\nserver = gw.example.net\nport = 4790\nvni = 1001\nmac = 02:4e:0a:00:00:07\n"
    "address = 10.0.0.7/24\naddress = 2001:db8::7/64\ngateway = 10.0.0.1\nroute = 0.0.0.0/0  # all\n"
    "relay = 127.0.0.1:3333\nsecret = 0102030405060708091011121314151617181920212223242526272829303132\n";

std::string refusal(const std::string& text) {
    try {
        parse_config(text, "f");
    } catch (const Error& error) {
        return error.what();
    }
    return "taken";
}

TEST(Config, Whole) {
    const auto config = parse_config(kWhole, "f");
    EXPECT_EQ(config.server, "gw.example.net");
    EXPECT_EQ(config.port, 4790);
    EXPECT_EQ(config.local_port, 4789);
    EXPECT_EQ(config.addresses.size(), 2);
    EXPECT_EQ(config.routes.front().str(), "0.0.0.0/0");
    EXPECT_EQ(config.relay->str(), "127.0.0.1:3333");
    EXPECT_EQ(config.secret[31], 0x32);
}

TEST(Config, Refusals) {
    EXPECT_EQ(refusal("vni = 0"), "f:1: \"vni\" must be 1 to 16777215");
    EXPECT_EQ(refusal("\nvini = 1"), "f:2: no such key: \"vini\"");
    EXPECT_EQ(refusal("vni 1"), "f:1: not \"key = value\"");
    EXPECT_EQ(refusal("vni = 1\nvni = 1"), "f:2: \"vni\" stands twice");
    EXPECT_EQ(refusal("vni = 1"), "f: needs the key \"name\"");
    EXPECT_EQ(refusal("relay = 192.0.2.1:1"), "f:1: \"relay\" must be an address of 127.0.0.0/8 and a port");
    EXPECT_EQ(refusal("local-port = 65535"), "f:1: \"local-port\" must be a UDP port below 65535");
    EXPECT_EQ(refusal("name = ../../etc"), "f:1: \"name\" must be a name of 31 characters or fewer");
    // A secret is never shown.
    EXPECT_EQ(refusal("secret = abc"), "f:1: \"secret\" must be 64 hexadecimal digits");
}

TEST(Session, TimestampsOnlyGrow) {
    const auto config = parse_config(kWhole, "f");
    Session session(config, 1000);
    session.next(500);
    EXPECT_EQ(session.last(), 1001);
    session.next(5000);
    EXPECT_EQ(session.last(), 5000);
    session.next(5000);
    EXPECT_EQ(session.last(), 5001);
}

TEST(Session, Answers) {
    const auto config = parse_config(kWhole, "f");
    Session session(config, 0);
    const auto answer = [&](uint64_t timestamp, uint16_t port, const peers::Secret& secret) {
        return peers::encode({.kind = peers::Kind::answer,
                              .vni = 1001,
                              .mac = config.mac,
                              .address = *Address::parse("10.0.0.7"),
                              .timestamp = timestamp,
                              .observed = {*Address::parse("198.51.100.2"), port}},
                             secret);
    };
    const auto own = session.next(100);
    EXPECT_FALSE(session.take(own, 101));
    EXPECT_FALSE(session.take(answer(100, 40000, {}), 101));
    EXPECT_FALSE(session.take(answer(99, 40000, config.secret), 101));
    EXPECT_EQ(session.pause(0), 1);
    EXPECT_TRUE(session.take(answer(100, 40000, config.secret), 150));
    EXPECT_FALSE(session.take(answer(100, 40000, config.secret), 151));
    EXPECT_EQ(session.round_trip(), 50);
    EXPECT_EQ(session.seen_as()->port, 40000);
    EXPECT_EQ(session.pause(0), 15);
    EXPECT_EQ(session.pause(1), 12);
    session.next(200);
    EXPECT_TRUE(session.take(answer(200, 40001, config.secret), 201));
    EXPECT_EQ(session.moves(), 1);
    EXPECT_EQ(session.interval(), 7);
}

}  // namespace
}  // namespace nvi::gwpeer
