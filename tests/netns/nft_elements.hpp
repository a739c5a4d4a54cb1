// SPDX-License-Identifier: GPL-2.0-or-later
// Elements as the controller makes them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "nft/elements.hpp"
#include "tests/netns/nft_program.hpp"

namespace nvi::nft {

inline Prefix prefix(const char* text) {
    return Prefix::parse(text).value();
}

inline void append(std::vector<Element>& to, std::vector<Element> more) {
    to.insert(to.end(), more.begin(), more.end());
}

inline std::vector<Element> sorted(std::vector<Element> elements) {
    std::ranges::sort(elements, {}, &Element::sort_key);
    return elements;
}

// One tenant as the controller makes it.
inline std::vector<Element> tenant(Zone id) {
    const auto at = [id](uint32_t net, uint32_t host) { return Address::v4(net + id * 8 + host); };
    std::vector<Element> all{zone("gt" + std::to_string(id), id), zone("vrf" + std::to_string(id), id),
                             node(id, ip("172.16.0.11"), id),
                             floating_in(id, at(0xcb000000, 1), ip("10.0.0.7")),
                             floating_out(id, ip("10.0.0.7"), at(0xcb000000, 1))};
    append(all, bound(id, at(0xcb000000, 1)));
    append(all, bound(id, at(0xcb000000, 2)));
    append(all, snat(id, prefix("10.0.0.0/24"), {at(0xcb000000, 2)}));
    return all;
}

}  // namespace nvi::nft
