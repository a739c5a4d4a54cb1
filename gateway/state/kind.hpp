// SPDX-License-Identifier: GPL-2.0-or-later
// What differs between the kinds of our devices. A new kind is a struct in objects.hpp, one file
// kind_NAME.cpp and its line in kinds().
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "gateway/netlink/attributes.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/state/objects.hpp"

namespace nvi::state {

struct DeviceKind {
    const char* name;    // IFLA_INFO_KIND
    const char* prefix;  // of its devices' names; the tenant's id follows, unless `single`
    bool single;         // the gateway has one, called as `prefix` says
    bool (*holds)(const LinkKind&);
    // Writes IFLA_INFO_DATA if the kind has any, inside an open IFLA_LINKINFO. `lower`: the index of the
    // device that lower_device() names, 0 without.
    void (*encode)(netlink::Message&, const LinkKind&, uint32_t lower);
    // From the attributes of IFLA_LINKINFO.
    LinkKind (*decode)(const netlink::Attributes&);
};

const DeviceKind& nvi_kind();
const DeviceKind& vrf_kind();
const DeviceKind& gretap_kind();
const DeviceKind& vxlan_kind();
const DeviceKind& gre_kind();
const DeviceKind& sit_kind();
const DeviceKind& shared_gretap_kind();
const DeviceKind& shared_vxlan_kind();
std::span<const DeviceKind* const> kinds();

const DeviceKind& kind_of(const LinkKind& kind);
// The device that a link is bound to (IFLA_LINK), by name, empty without; nullptr: links of the kind are not.
const std::string* lower_device(const LinkKind& kind);
std::string* lower_device(LinkKind& kind);
// The kind that a device of this name must be to be ours, and its tenant (0 for a single one).
struct NamedKind {
    const DeviceKind* kind;
    TenantId tenant;
};
std::optional<NamedKind> kind_named(std::string_view device);

}  // namespace nvi::state
