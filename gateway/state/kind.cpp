// SPDX-License-Identifier: GPL-2.0-or-later
// The kinds of our devices.
#include "gateway/state/kind.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {

std::span<const DeviceKind* const> kinds() {
    static const std::array all{&nvi_kind(), &vrf_kind(), &gretap_kind(),        &vxlan_kind(),
                                &gre_kind(), &sit_kind(), &shared_gretap_kind(), &shared_vxlan_kind()};
    return all;
}

const DeviceKind& kind_of(const LinkKind& kind) {
    const auto all = kinds();
    const auto found =
        std::ranges::find_if(all, [&](const DeviceKind* candidate) { return candidate->holds(kind); });
    if (found == all.end()) throw Error("a link of a kind that is not in the table of kinds");
    return **found;
}

const std::string* lower_device(const LinkKind& kind) {
    if (const auto* nvi = std::get_if<NviLink>(&kind)) return &nvi->uplink;
    if (const auto* gretap = std::get_if<GretapLink>(&kind)) return &gretap->device;
    if (const auto* gre = std::get_if<GreLink>(&kind)) return &gre->device;
    return nullptr;
}

std::string* lower_device(LinkKind& kind) {
    return const_cast<std::string*>(lower_device(std::as_const(kind)));
}

std::optional<NamedKind> kind_named(std::string_view device) {
    for (const DeviceKind* kind : kinds()) {
        if (kind->single) {
            if (device == kind->prefix) return NamedKind{kind, 0};
        } else if (const auto tenant = tenant_in(kind->prefix, device)) {
            return NamedKind{kind, *tenant};
        }
    }
    return std::nullopt;
}

}  // namespace nvi::state
