// SPDX-License-Identifier: GPL-2.0-or-later
// Moving bindings by keepalives.
#include "peers/bindings.hpp"

#include <algorithm>
#include <utility>

namespace nvi::peers {

std::string_view name_of(Refusal refusal) {
    constexpr std::string_view kNames[kRefusals] = {"malformed", "unknown_peer", "no_secret", "wrong_secret",
                                                    "replayed"};
    return kNames[static_cast<size_t>(refusal)];
}

void Bindings::configure(std::vector<Peer> peers) {
    peers_ = std::move(peers);
    by_identity_.clear();
    std::map<PeerKey, Known> known;
    for (size_t i = 0; i < peers_.size(); ++i) {
        const Peer& peer = peers_[i];
        by_identity_.emplace(Identity{peer.key.vni, peer.mac, peer.hosts.front()}, i);
        const auto was = known_.find(peer.key);
        known.emplace(peer.key, was == known_.end() ? Known{} : std::move(was->second));
    }
    known_ = std::move(known);
    std::erase_if(at_, [&](const auto& entry) { return !known_.contains(entry.second); });
}

void Bindings::restore(const PeerKey& peer, const Binding& binding) {
    const auto known = known_.find(peer);
    if (known == known_.end()) return;
    known->second.binding = binding;
    if (binding.bound()) at_.insert_or_assign(binding.endpoint, peer);
}

Outcome Bindings::refuse(Refusal why, const Peer* peer) {
    auto& counts = peer == nullptr ? nobody_ : known_.at(peer->key).refused;
    ++counts[static_cast<size_t>(why)];
    return {.refused = why, .peer = peer};
}

Outcome Bindings::receive(const Received& received, uint64_t now) {
    const auto keepalive = decode(received.frame, received.vni);
    if (!keepalive || keepalive->kind != Kind::keepalive) return refuse(Refusal::malformed, nullptr);
    const auto found = by_identity_.find({keepalive->vni, keepalive->mac, keepalive->address});
    if (found == by_identity_.end()) return refuse(Refusal::unknown_peer, nullptr);
    const Peer& peer = peers_[found->second];
    if (received.listen != peer.port) return refuse(Refusal::malformed, &peer);
    if (!peer.secret) return refuse(Refusal::no_secret, &peer);
    if (!verify(received.frame, received.vni, *peer.secret)) return refuse(Refusal::wrong_secret, &peer);
    Known& known = known_.at(peer.key);
    if (known.binding && keepalive->timestamp <= known.binding->timestamp)
        return refuse(Refusal::replayed, &peer);

    Outcome outcome{.peer = &peer};
    const Binding was = known.binding.value_or(Binding{});
    Binding is = was;
    is.endpoint = received.from;
    is.listen = received.listen;
    is.ifindex = received.ifindex;
    is.timestamp = keepalive->timestamp;
    is.heard = now;
    outcome.moved = was.endpoint != is.endpoint;
    if (outcome.moved) {
        if (was.bound()) ++is.rebindings;
        // Somebody else was there: from now on nothing that is for him goes there.
        const auto other = at_.find(is.endpoint);
        if (other != at_.end() && other->second != peer.key) {
            Binding& theirs = known_.at(other->second).binding.value();
            theirs.endpoint = {};
            outcome.changes.push_back(SetBinding{other->second, theirs});
        }
        at_.insert_or_assign(is.endpoint, peer.key);
        outcome.changes.push_back(TakeEndpoint{is.endpoint, peer.key});
    }
    outcome.changes.push_back(SetBinding{peer.key, is});
    if (outcome.moved && was.bound()) {
        at_.erase(was.endpoint);
        outcome.changes.push_back(LeaveEndpoint{was.endpoint});
    }
    known.binding = is;
    outcome.answer = encode({.kind = Kind::answer,
                             .vni = keepalive->vni,
                             .mac = keepalive->mac,
                             .address = keepalive->address,
                             .timestamp = keepalive->timestamp,
                             .observed = received.from},
                            *peer.secret);
    return outcome;
}

std::vector<Change> Bindings::expire(uint64_t now) {
    std::vector<Change> changes;
    for (auto& [key, known] : known_) {
        if (!known.binding || !known.binding->bound()) continue;
        // A clock that was set back expires nobody.
        const uint64_t last = std::max(known.binding->heard, since_);
        if (now < last || now - last < kExpiry) continue;
        const Endpoint was = known.binding->endpoint;
        known.binding->endpoint = {};
        at_.erase(was);
        changes.push_back(SetBinding{key, *known.binding});
        changes.push_back(LeaveEndpoint{was});
    }
    return changes;
}

const Binding* Bindings::binding(const PeerKey& peer) const {
    const auto known = known_.find(peer);
    return known == known_.end() || !known->second.binding ? nullptr : &*known->second.binding;
}

const std::array<uint64_t, kRefusals>& Bindings::refused(const PeerKey& peer) const {
    return known_.at(peer).refused;
}

}  // namespace nvi::peers
