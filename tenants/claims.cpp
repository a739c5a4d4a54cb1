// SPDX-License-Identifier: GPL-2.0-or-later
// Collecting claims, and finding two tenants with the same one. All by hash: ten thousand tenants are
// a few milliseconds.
#include "tenants/claims.hpp"

#include <array>
#include <map>
#include <unordered_set>
#include <utility>

namespace nvi::tenants {

namespace {

std::string by_whom(const std::string& tenant, const Place& place) {
    std::string text = " by " + tenant;
    if (!place.file.empty()) text += " (" + place.short_str() + ")";
    return text;
}

uint32_t number_of(const Address& v4) {
    uint32_t number = 0;
    for (const uint8_t byte : v4.bytes()) number = number << 8 | byte;
    return number;
}

std::string key_text(OverlayType type, uint32_t key) {
    if (type == OverlayType::vxlan) return "VNI " + std::to_string(key);
    if (type != OverlayType::ipip) return "GRE key " + std::to_string(key);
    std::array<uint8_t, 4> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) bytes.at(i) = static_cast<uint8_t>(key >> (24 - 8 * i));
    return "ipip node " + Address::from_bytes(Family::v4, bytes).str();
}

uint64_t key_of(OverlayType type, uint32_t key) {
    return static_cast<uint64_t>(type) << 32 | key;
}

}  // namespace

Claims claims_of(const Tenant& tenant) {
    Claims claims{tenant.name, tenant.id, tenant.overlay.type.value, tenant.overlay.key, {}, {}};
    // A tunnel without a key is told by its other end.
    if (claims.type == OverlayType::ipip && !tenant.hosts.empty()) {
        const auto& node = tenant.hosts.front().node;
        if (node.value.is_v4()) claims.key = {number_of(node.value), node.place};
    }
    std::unordered_set<Address> seen;
    const auto add = [&](const At<Address>& address) {
        if (seen.insert(address.value).second) claims.publics.push_back(address);
    };
    for (const Floating& floating : tenant.floating) add(floating.public_address);
    for (const Snat& snat : tenant.snat)
        for (const auto& address : snat.to) add(address);
    for (const Forward& forward : tenant.forwards) add(forward.public_address);
    for (const Service& service : tenant.services) add(service.vip);
    for (const PublicPrefix& prefix : tenant.prefixes) claims.prefixes.push_back(prefix.prefix);
    return claims;
}

std::string id_is_taken(uint32_t id, const std::string& by, const Place& place) {
    return "id " + std::to_string(id) + " is already used" + by_whom(by, place);
}

std::string key_is_taken(OverlayType type, uint32_t key, const std::string& by, const Place& place) {
    return key_text(type, key) + " is already used" + by_whom(by, place);
}

std::string public_is_taken(const std::string& what, const std::string& by, const Place& place) {
    return what + " is already bound" + by_whom(by, place);
}

void Registry::enter(Claims claims, Diagnostics& diagnostics) {
    const Claims& own = entered_.emplace_back(std::move(claims));
    if (own.id.value != 0) {
        const auto [holder, is_new] = ids_.try_emplace(own.id.value, Holder{&own, own.id.place});
        if (!is_new)
            diagnostics.add(own.id.place,
                            id_is_taken(own.id.value, holder->second.claims->tenant, holder->second.place));
    }
    if (own.key.value != 0) {
        const auto [holder, is_new] =
            keys_.try_emplace(key_of(own.type, own.key.value), Holder{&own, own.key.place});
        if (!is_new)
            diagnostics.add(own.key.place, key_is_taken(own.type, own.key.value,
                                                        holder->second.claims->tenant, holder->second.place));
    }
    for (const auto& address : own.publics) {
        const auto [holder, is_new] = publics_.try_emplace(address.value, Holder{&own, address.place});
        if (!is_new)
            diagnostics.add(address.place, public_is_taken(address.value.str(), holder->second.claims->tenant,
                                                           holder->second.place));
    }
}

void Registry::finish(Diagnostics& diagnostics) const {
    std::map<Address, std::pair<Prefix, Holder>> prefixes;  // by first address; disjoint
    const auto overlapping = [&](const Prefix& prefix) -> const std::pair<Prefix, Holder>* {
        const auto behind = prefixes.upper_bound(prefix.last());
        if (behind == prefixes.begin()) return nullptr;
        const auto& candidate = std::prev(behind)->second;
        return candidate.first.overlaps(prefix) ? &candidate : nullptr;
    };
    const auto taken = [&](const Claims& own, const Prefix& wanted, const std::string& what,
                           const Place& place) {
        const auto* by = overlapping(wanted);
        if (by != nullptr && by->second.claims != &own)
            diagnostics.add(place, public_is_taken(what, by->second.claims->tenant, by->second.place));
        return by != nullptr;
    };
    for (const Claims& own : entered_) {
        for (const auto& prefix : own.prefixes) {
            if (!taken(own, prefix.value, prefix.value.str(), prefix.place))
                prefixes.emplace(prefix.value.first(), std::pair{prefix.value, Holder{&own, prefix.place}});
        }
    }
    if (prefixes.empty()) return;
    for (const Claims& own : entered_) {
        for (const auto& address : own.publics)
            taken(own, Prefix::host(address.value), address.value.str(), address.place);
    }
}

}  // namespace nvi::tenants
