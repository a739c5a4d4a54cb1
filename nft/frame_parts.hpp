// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of rules that the table's chains have in common.
#pragma once

#include <string>
#include <vector>

#include "nft/frame.hpp"
#include "nft/netfilter.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

inline constexpr uint32_t kGroup = 110;  // of every device that the gateway made (state::kLinkGroup)
inline constexpr Family kFamilies[] = {Family::v4, Family::v6};

// As nft counts them (nf_conntrack_common.h: NF_CT_STATE_BIT and friends).
inline constexpr uint32_t kInvalid = 1;
inline constexpr uint32_t kEstablished = 2;
inline constexpr uint32_t kRelated = 4;
inline constexpr uint32_t kNew = 8;
inline constexpr uint32_t kUntracked = 64;

inline Part group() {
    return Compare{Field::iifgroup, true, kGroup, "110"};
}
// Of the MAC of tunnels that tenants share (desired/naming.hpp). The module takes what is for it alone, and
// what it hands to a VRF otherwise bears the VRF's.
inline constexpr uint32_t kSharedMac = 0x026e7601;
inline Part by_shared() {
    return Compare{Field::link_head, true, kSharedMac, "0x026e7601"};
}
inline Part by_vrf() {
    return Compare{Field::iifkind, true, 0, "vrf"};
}
inline Part in_nvi(bool equal) {
    return Compare{Field::iifname, equal, 0, "nvi0"};
}
inline Part out_nvi(bool equal) {
    return Compare{Field::oifname, equal, 0, "nvi0"};
}
inline Part is_family(Family family) {
    return family == Family::v4 ? Compare{Field::nfproto, true, NFPROTO_IPV4, "ipv4"}
                                : Compare{Field::nfproto, true, NFPROTO_IPV6, "ipv6"};
}
inline Part state(uint32_t mask, const char* text) {
    return ConntrackState{mask, text};
}

inline Field source(Family family) {
    return family == Family::v4 ? Field::ip_saddr : Field::ip6_saddr;
}
inline Field destination(Family family) {
    return family == Family::v4 ? Field::ip_daddr : Field::ip6_daddr;
}

inline Part in_set(const std::string& set, std::vector<Field> key) {
    return InSet{{std::move(key)}, set};
}

// As the set's definition has it.
inline Part of_set(const std::string& set) {
    return InSet{find_set(set)->key, set};
}
// To another tenant that this one has a peering with.
inline Part to_peer(Family family) {
    const SetDefinition& definition = *find_set(set_name("peer_out", family));
    return SetPacketMark{definition.key, definition.name};
}

// Answers of virtual services' servers, whose requests came inside IP-in-IP: conntrack knows nothing of them.
inline void add_direct(std::vector<Part> verdict, std::vector<RuleDefinition>& to) {
    for (const Family family : kFamilies) {
        std::vector<Part> parts = {in_set(set_name("direct", family), {Field::iifname, source(family)})};
        parts.insert(parts.end(), verdict.begin(), verdict.end());
        to.push_back({std::move(parts), ""});
    }
}

// The chains of the forward hook, each after those that it goes to; "limited", "limits" and "firewall" are
// before them.
void add_forwarding(FrameOptions options, std::vector<ChainDefinition>& chains);

}  // namespace nvi::nft
