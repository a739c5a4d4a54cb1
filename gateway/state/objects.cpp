// SPDX-License-Identifier: GPL-2.0-or-later
// The order of a state, and what counts as no change.
#include "gateway/state/objects.hpp"

#include <algorithm>

namespace nvi::state {

bool Link::satisfies(const Link& wanted) const {
    Link same = wanted;
    if (!same.mac) same.mac = mac;
    if (same.mtu == 0) same.mtu = mtu;
    return same == *this;
}

void State::sort() {
    const auto by_key = [](auto& objects) {
        std::ranges::sort(objects,
                          [](const auto& left, const auto& right) { return left.key() < right.key(); });
    };
    by_key(sysctls);
    by_key(rules);
    by_key(links);
    by_key(addresses);
    by_key(routes);
    by_key(neighbours);
    by_key(services);
    by_key(programs);
    by_key(steerings);
    by_key(destinations);
    by_key(filters);
    by_key(foreign);
    std::ranges::sort(nft.flow_devices);
    std::ranges::sort(nft.elements,
                      [](const auto& left, const auto& right) { return left.sort_key() < right.sort_key(); });
}

}  // namespace nvi::state
