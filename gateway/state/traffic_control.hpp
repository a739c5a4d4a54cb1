// SPDX-License-Identifier: GPL-2.0-or-later
// tc's part, as rtnetlink messages: metadata of tunnels is dropped in front of the flowtable. Some kernels
// leak it there: the flowtable overwrites the packet's reference to it (docs/nft.md, "Flowtable").
//
// tc's ingress runs before the flowtable's hook. ARP keeps its metadata: the kernel answers by it.
#pragma once

#include <cstdint>
#include <optional>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/interfaces.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

// The device's packets pass kFilterBlock's filters (Link::drop_metadata), or no filter any more.
netlink::Message enter_block(const Link& link, Interfaces& interfaces);
netlink::Message leave_block(const Link& link, Interfaces& interfaces);

netlink::Message get_queues();  // for a dump: of all devices
netlink::Message get_queue(uint32_t index);
// The index of the device that enters kFilterBlock by this queueing discipline; empty for all others.
std::optional<uint32_t> decode_queue(const netlink::MessageView& message);

// The block must be there: some device enters it.
netlink::Message add(const Filter& filter);
netlink::Message get_filters();  // for a dump: of our block; empty when there is none
std::optional<Filter> decode_filter(const netlink::MessageView& message);

}  // namespace nvi::state
