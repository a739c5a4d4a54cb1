// SPDX-License-Identifier: GPL-2.0-or-later
// Link kind "nvi": the second pass. It has no settings.
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"

namespace nvi::state {

const DeviceKind& nvi_kind() {
    static constexpr DeviceKind kind{
        "nvi",
        kNviName,
        true,
        [](const LinkKind& link) { return std::holds_alternative<NviLink>(link); },
        [](netlink::Message&, const LinkKind&, uint32_t) {},
        [](const netlink::Attributes&) -> LinkKind { return NviLink{}; },
    };
    return kind;
}

}  // namespace nvi::state
