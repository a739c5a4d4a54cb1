// SPDX-License-Identifier: GPL-2.0-or-later
// Checks of one tenant's forwards: their ports.
#include "tenants/check_forward.hpp"

#include <string>

namespace nvi::tenants {

namespace {

constexpr uint32_t kMostPorts = 4096;  // each is an element of the map

}  // namespace

void ForwardedPorts::check(const Forward& forward, Diagnostics& diagnostics) {
    const PortRange& outer = forward.public_ports;
    const PortRange& inner = forward.private_ports;
    const Place& place = forward.public_address.place;
    if (outer.size() > kMostPorts)
        diagnostics.add(place,
                        "ports " + outer.str() + " are more than " + std::to_string(kMostPorts) + " ports");
    if (inner.size() != 1 && inner.size() != outer.size())
        diagnostics.add(forward.private_address.place,
                        "ports " + inner.str() + " are " + std::to_string(inner.size()) +
                            ", those of public " + std::to_string(outer.size()) + ": as many, or one");

    const uint32_t protocol = uint32_t{forward.protocol.value} << 16;
    auto& taken = taken_[forward.public_address.value];
    // The first range that does not end in front of this one.
    const auto earlier = taken.lower_bound(protocol | outer.first);
    if (earlier == taken.end() || earlier->second.first > (protocol | outer.last)) {
        taken.try_emplace(protocol | outer.last, protocol | outer.first, place);
        return;
    }
    const std::string where = earlier->second.second.short_str();
    diagnostics.add(place, std::string(protocol_name(forward.protocol.value)) + " port " + outer.str() +
                               " of " + forward.public_address.value.str() + " is already forwarded" +
                               (where.empty() ? "" : " (" + where + ")"));
}

}  // namespace nvi::tenants
