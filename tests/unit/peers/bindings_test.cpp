// SPDX-License-Identifier: GPL-2.0-or-later
// Who may move a binding, and what moving it changes.
#include "peers/bindings.hpp"

#include <gtest/gtest.h>

namespace nvi::peers {
namespace {

constexpr uint64_t kNow = 1'000'000'000'000;
constexpr uint64_t kSecond = 1'000'000'000;

Address address(const char* text) {
    return *Address::parse(text);
}
Endpoint at(uint16_t port) {
    return {address("198.51.100.2"), port};
}
Secret secret(uint8_t first) {
    Secret made{};
    made[0] = first;
    return made;
}

const PeerKey kA{1001, address("100.64.0.7")};
const PeerKey kB{1002, address("100.64.0.7")};

class BindingsTest : public testing::Test {
  protected:
    BindingsTest() : bindings_(kNow) { bindings_.configure({peer("a", kA, 1), peer("b", kB, 2)}); }

    static Peer peer(const char* name, const PeerKey& key, uint8_t first) {
        return {.tenant = name,
                .name = name,
                .key = key,
                .port = 4789,
                .mac = *Mac::parse("02:4e:0a:00:00:07"),
                .hosts = {address("10.0.0.7")},
                .secret = secret(first)};
    }
    static Frame frame(uint32_t vni, uint8_t first, uint64_t timestamp, Kind kind = Kind::keepalive) {
        return encode({.kind = kind,
                       .vni = vni,
                       .mac = *Mac::parse("02:4e:0a:00:00:07"),
                       .address = address("10.0.0.7"),
                       .timestamp = timestamp},
                      secret(first));
    }
    Outcome come(const Frame& frame, uint32_t vni, uint16_t port, uint64_t now = kNow,
                 uint16_t listen = 4789) {
        return bindings_.receive(
            {.from = at(port), .listen = listen, .vni = vni, .ifindex = 3, .frame = frame}, now);
    }
    Outcome a(uint64_t timestamp, uint16_t port, uint64_t now = kNow) {
        return come(frame(1001, 1, timestamp), 1001, port, now);
    }
    static Binding bound(uint16_t port, uint64_t timestamp, uint32_t rebindings = 0, uint64_t heard = kNow) {
        return {.endpoint = at(port),
                .listen = 4789,
                .ifindex = 3,
                .rebindings = rebindings,
                .timestamp = timestamp,
                .heard = heard};
    }
    static Binding nowhere(Binding binding) {
        binding.endpoint = {};
        return binding;
    }

    Bindings bindings_;
};

TEST_F(BindingsTest, FirstKeepaliveBinds) {
    const auto outcome = a(10, 40000);
    EXPECT_FALSE(outcome.refused);
    EXPECT_TRUE(outcome.moved);
    EXPECT_EQ(outcome.changes,
              (std::vector<Change>{TakeEndpoint{at(40000), kA}, SetBinding{kA, bound(40000, 10)}}));
    const auto answer = decode(outcome.answer.value(), 1001);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, Kind::answer);
    EXPECT_EQ(answer->observed, at(40000));
    EXPECT_TRUE(verify(*outcome.answer, 1001, secret(1)));
}

TEST_F(BindingsTest, StayingIsOneElement) {
    a(10, 40000);
    const auto outcome = a(11, 40000, kNow + 1);
    EXPECT_FALSE(outcome.moved);
    EXPECT_EQ(outcome.changes, (std::vector<Change>{SetBinding{kA, bound(40000, 11, 0, kNow + 1)}}));
}

TEST_F(BindingsTest, MovingIsThree) {
    a(10, 40000);
    const auto outcome = a(11, 40001);
    EXPECT_EQ(outcome.changes,
              (std::vector<Change>{TakeEndpoint{at(40001), kA}, SetBinding{kA, bound(40001, 11, 1)},
                                   LeaveEndpoint{at(40000)}}));
}

TEST_F(BindingsTest, WhoeverWasThereIsNowhere) {
    come(frame(1002, 2, 5), 1002, 40001);
    a(10, 40000);
    const auto outcome = a(11, 40001);
    EXPECT_EQ(outcome.changes,
              (std::vector<Change>{SetBinding{kB, nowhere(bound(40001, 5))}, TakeEndpoint{at(40001), kA},
                                   SetBinding{kA, bound(40001, 11, 1)}, LeaveEndpoint{at(40000)}}));
    // Its place is taken, so nothing is left there by its moving on.
    const auto other = come(frame(1002, 2, 6), 1002, 40000);
    EXPECT_EQ(other.changes,
              (std::vector<Change>{TakeEndpoint{at(40000), kB}, SetBinding{kB, bound(40000, 6)}}));
}

TEST_F(BindingsTest, Refusals) {
    a(10, 40000);
    EXPECT_EQ(a(10, 40001).refused, Refusal::replayed);
    EXPECT_EQ(a(9, 40001).refused, Refusal::replayed);
    EXPECT_EQ(come(frame(1001, 2, 11), 1001, 40001).refused, Refusal::wrong_secret);
    EXPECT_EQ(come(frame(1002, 2, 11), 1001, 40001).refused, Refusal::wrong_secret);
    EXPECT_EQ(come(frame(1001, 1, 11), 1003, 40001).refused, Refusal::unknown_peer);
    EXPECT_EQ(come(frame(1001, 1, 11, Kind::answer), 1001, 40001).refused, Refusal::malformed);
    EXPECT_EQ(come(frame(1001, 1, 11), 1001, 40001, kNow, 4790).refused, Refusal::malformed);
    EXPECT_EQ(*bindings_.binding(kA), bound(40000, 10));
    EXPECT_EQ(bindings_.refused(kA)[static_cast<size_t>(Refusal::replayed)], 2);
    EXPECT_EQ(bindings_.refused(kA)[static_cast<size_t>(Refusal::wrong_secret)], 2);
    EXPECT_EQ(bindings_.refused_of_nobody()[static_cast<size_t>(Refusal::unknown_peer)], 1);
}

TEST_F(BindingsTest, Expiry) {
    a(10, 40000);
    EXPECT_TRUE(bindings_.expire(kNow + Bindings::kExpiry - 1).empty());
    EXPECT_TRUE(bindings_.expire(kNow - kSecond).empty());
    EXPECT_EQ(bindings_.expire(kNow + Bindings::kExpiry),
              (std::vector<Change>{SetBinding{kA, nowhere(bound(40000, 10))}, LeaveEndpoint{at(40000)}}));
    EXPECT_TRUE(bindings_.expire(kNow + 2 * Bindings::kExpiry).empty());
    // The timestamp is not forgotten.
    EXPECT_EQ(a(10, 40000).refused, Refusal::replayed);
    EXPECT_EQ(a(11, 40000).changes,
              (std::vector<Change>{TakeEndpoint{at(40000), kA}, SetBinding{kA, bound(40000, 11)}}));
}

TEST_F(BindingsTest, RestoredAfterARestart) {
    Bindings later(kNow + 10 * Bindings::kExpiry);
    later.configure({peer("a", kA, 1)});
    later.restore(kA, bound(40000, 10));
    later.restore(kB, bound(40001, 10));
    EXPECT_EQ(later.binding(kB), nullptr);
    // Nobody listened meanwhile.
    EXPECT_TRUE(later.expire(kNow + 10 * Bindings::kExpiry + kSecond).empty());
    EXPECT_EQ(
        later.receive({.from = at(40002), .listen = 4789, .vni = 1001, .frame = frame(1001, 1, 10)}, kNow)
            .refused,
        Refusal::replayed);
}

TEST_F(BindingsTest, ConfiguredAgainKeepsWhatStays) {
    a(10, 40000);
    come(frame(1002, 2, 5), 1002, 40001);
    bindings_.configure({peer("a", kA, 1)});
    EXPECT_EQ(*bindings_.binding(kA), bound(40000, 10));
    EXPECT_EQ(bindings_.binding(kB), nullptr);
    EXPECT_EQ(a(11, 40001).changes.size(), 3);
}

TEST_F(BindingsTest, WithoutASecretNobodyMoves) {
    auto mute = peer("a", kA, 1);
    mute.secret.reset();
    bindings_.configure({mute});
    EXPECT_EQ(a(10, 40000).refused, Refusal::no_secret);
}

}  // namespace
}  // namespace nvi::peers
