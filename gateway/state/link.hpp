// SPDX-License-Identifier: GPL-2.0-or-later
// Links as rtnetlink messages: made in steps (create, settings, queueing discipline, up), so that a
// stop between two leaves a device that is down.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// Name, kind, group, master, MAC and MTU; the device comes into being down.
netlink::Message create(const Link& link, Interfaces& interfaces);
// What of an existing device differs from `was`, the device as observed (null: create() has just made it):
// master, MAC, MTU; and always group, alias, address generation, redirects, promotion of secondary
// addresses, accept_local. `loosen`: also set rp_filter to 2 (loose), for a device of which strict_source is
// true, or where strict_source_by_default() is. Neither kind nor state.
netlink::Message settings(const Link& link, const Link* was, bool loosen, Interfaces& interfaces);
// The same of a device of which nothing is known. Drops its neighbours.
netlink::Message settings(const Link& link, bool loosen, Interfaces& interfaces);
// What its kind says of an existing device: a tunnel's key and address. Not a VRF's table.
netlink::Message change_kind(const Link& link, Interfaces& interfaces);
netlink::Message set_noqueue(const Link& link, Interfaces& interfaces);
netlink::Message set_up(const Link& link, bool up, Interfaces& interfaces);
netlink::Message remove(const Link& link, Interfaces& interfaces);

// For deleting many devices in one request: each is set down and moved to kVictims, the group is deleted.
// "nvi" and a letter: a number that nobody gives to a group of his own, who would lose it.
inline constexpr uint32_t kVictims = 0x6e766978;
netlink::Message move_to_victims(const Link& link, Interfaces& interfaces);
netlink::Message remove_victims();

// Questions. kLinkReply: bytes to expect of an answer.
inline constexpr size_t kLinkReply = 2048;
netlink::Message get_link(const std::string& name);
netlink::Message get_link(uint32_t index);
netlink::Message get_links();  // for a dump

struct LinkIdentity {
    std::string name;
    uint32_t index{};
};
LinkIdentity link_identity(const netlink::MessageView& message);

// A link of ours as the kernel describes it. `master` and `lower` are indices (0: none), as their names
// may not be known yet; Link::master and lower_device() are empty. Link::drop_metadata is false: queueing
// disciplines are asked for by themselves. `rp_filter_all`: net.ipv4.conf.all.rp_filter.
struct ObservedLink {
    Link link;
    uint32_t index{};
    uint32_t master{};
    uint32_t lower{};
};
// Whether it is a VRF that is not ours.
bool is_other_vrf(const netlink::MessageView& message);

// monostate: neither ours nor in our way.
std::variant<std::monostate, ObservedLink, ForeignLink> decode_link(const netlink::MessageView& message,
                                                                    uint32_t rp_filter_all);

}  // namespace nvi::state
