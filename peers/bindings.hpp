// SPDX-License-Identifier: GPL-2.0-or-later
// Which peer is where: decided by keepalives, told as changes of the packet path's maps. No sockets, clocks
// or maps in here: time is an argument, nanoseconds since 1970.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/net/address.hpp"
#include "peers/keepalive.hpp"

namespace nvi::peers {

// A peer for good, whatever its address outside.
struct PeerKey {
    uint32_t vni{};
    Address vtep;

    auto operator<=>(const PeerKey&) const = default;
};

// What the files say of a peer.
struct Peer {
    std::string tenant;
    std::string name;
    PeerKey key;
    uint16_t port{};               // UDP, that its tunnel is received on
    Mac mac;                       // inside the tunnel
    std::vector<Address> hosts;    // the addresses that it may use there; the first is its keepalives'
    std::optional<Secret> secret;  // none: its keepalives are refused
};

struct Binding {
    Endpoint endpoint;      // port 0: not known at present
    uint16_t listen{};      // the port that it sends to
    uint32_t ifindex{};     // the device that its keepalives come by
    uint32_t rebindings{};  // how often it moved
    uint64_t timestamp{};   // of its last keepalive, by its own clock
    uint64_t heard{};       // when that came, by ours

    bool bound() const { return endpoint.port != 0; }
    bool operator==(const Binding&) const = default;
};

enum class Refusal : uint8_t { malformed, unknown_peer, no_secret, wrong_secret, replayed };
inline constexpr size_t kRefusals = 5;
std::string_view name_of(Refusal refusal);

// Changes, to be made in this order.
struct TakeEndpoint {  // packets from there are that peer's
    Endpoint endpoint;
    PeerKey peer;
    bool operator==(const TakeEndpoint&) const = default;
};
struct SetBinding {  // packets to the peer go there
    PeerKey peer;
    Binding binding;
    bool operator==(const SetBinding&) const = default;
};
struct LeaveEndpoint {  // packets from there are nobody's
    Endpoint endpoint;
    bool operator==(const LeaveEndpoint&) const = default;
};
using Change = std::variant<TakeEndpoint, SetBinding, LeaveEndpoint>;

// A keepalive as it came.
struct Received {
    Endpoint from;
    uint16_t listen{};
    uint32_t vni{};
    uint32_t ifindex{};
    std::span<const uint8_t> frame;
};

struct Outcome {
    std::optional<Refusal> refused;
    const Peer* peer{};  // whom the frame names, if anybody
    std::vector<Change> changes;
    std::optional<Frame> answer;  // to be sent to where the keepalive came from

    bool moved = false;
};

class Bindings {
  public:
    // A peer that was not heard of for so long is nowhere: NATs forget a one-way UDP flow after 30 s (Linux),
    // an answered one after 120 s.
    static constexpr uint64_t kExpiry = 90'000'000'000;

    // `since`: when it began to listen. Nobody is blamed for not being heard before.
    explicit Bindings(uint64_t since = 0) : since_(since) {}

    // The peers there are from now on. What is known of those that stay is kept.
    void configure(std::vector<Peer> peers);
    // What was known before a restart; of peers that there are not, nothing.
    void restore(const PeerKey& peer, const Binding& binding);

    Outcome receive(const Received& received, uint64_t now);
    // Those that were not heard of for too long.
    std::vector<Change> expire(uint64_t now);

    const std::vector<Peer>& peers() const { return peers_; }
    // Empty: never heard of.
    const Binding* binding(const PeerKey& peer) const;
    const std::array<uint64_t, kRefusals>& refused(const PeerKey& peer) const;
    const std::array<uint64_t, kRefusals>& refused_of_nobody() const { return nobody_; }

  private:
    struct Known {
        std::optional<Binding> binding;
        std::array<uint64_t, kRefusals> refused{};
    };
    struct Identity {  // as a keepalive says it
        uint32_t vni;
        Mac mac;
        Address address;
        auto operator<=>(const Identity&) const = default;
    };
    Outcome refuse(Refusal why, const Peer* peer);

    uint64_t since_;
    std::vector<Peer> peers_;
    std::map<Identity, size_t> by_identity_;
    std::map<PeerKey, Known> known_;
    std::map<Endpoint, PeerKey> at_;
    std::array<uint64_t, kRefusals> nobody_{};
};

}  // namespace nvi::peers
