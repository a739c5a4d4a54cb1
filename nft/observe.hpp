// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has of our table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gateway/netlink/socket.hpp"
#include "nft/ruleset.hpp"

namespace nvi::nft {

// All functions take a NETLINK_NETFILTER socket and throw Error.

// The number of the kernel's whole ruleset: another one after every change by anybody.
uint32_t generation(netlink::Socket& socket);

struct Observed {
    Ruleset ruleset;
    uint32_t generation{};  // of which the ruleset is a consistent picture
};
// Everything. No table: an empty ruleset. A table of our name without our mark: Error(EEXIST).
// `flow_devices`, sorted: those that are believed to be in the flowtable, which saves time when it is so.
Observed observe(netlink::Socket& socket, const std::vector<std::string>& flow_devices = {});

// For changes of one tenant, whatever the number of others: the frame, and those of the wanted
// elements and flowtable devices that are there, elements with the data that they have. Compares keys
// only. Sorted.
Observed observe_elements(netlink::Socket& socket, const std::vector<Element>& wanted,
                          const std::vector<std::string>& flow_devices = {});

// One line for each object of the frame as the kernel has it (describe.hpp); none without a table.
std::vector<std::string> observe_frame(netlink::Socket& socket);

struct Counter {
    uint64_t packets{};
    uint64_t bytes{};
};
// The named counters of the table: what was dropped, by reason. None without a table.
std::map<std::string, Counter> counters(netlink::Socket& socket);

}  // namespace nvi::nft
