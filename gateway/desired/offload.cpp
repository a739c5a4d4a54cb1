// SPDX-License-Identifier: GPL-2.0-or-later
// Whether, and how, tenants' connections take the kernel's short way.
#include "gateway/desired/offload.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nvi::desired {

namespace {

// Kernels whose flowtable lets go of what a tunnel attached to a packet (nf_flow_offload_ip_hook()
// overwrites it): these were measured, and are clean from that release on. Others may leak some 250 bytes a
// packet, as 6.12.95 does: dropping the metadata costs less than a wrong guess.
struct Clean {
    unsigned major, minor, from;
};
constexpr Clean kClean[] = {{6, 1, 192}, {6, 12, 117}};
constexpr std::array<unsigned, 3> kCleanSince{7, 2, 0};

bool may_leak_metadata(const std::array<unsigned, 3>& kernel) {
    if (kernel >= kCleanSince) return false;
    return std::ranges::none_of(kClean, [&](const Clean& clean) {
        return kernel[0] == clean.major && kernel[1] == clean.minor && kernel[2] >= clean.from;
    });
}

}  // namespace

Offload offload(const tenants::Gateway& gateway, const state::Machine& machine) {
    Offload offload;
    offload.uplinks = machine.uplinks_here;
    for (const auto& uplink : gateway.outside) {
        if (std::ranges::find(offload.uplinks, uplink.value) == offload.uplinks.end()) {
            offload.missing.push_back(uplink.value);
        }
    }
    if (!gateway.offload) {
        offload.why_not = "[offload] enabled = false in gateway.toml";
        return offload;
    }
    offload.on = true;
    const auto kernel = machine.kernel();
    offload.drop_metadata = may_leak_metadata(kernel);
    if (offload.drop_metadata) {
        offload.why_drop = fmt::format("kernel {}.{}.{} is not known to free it in a flowtable", kernel[0],
                                       kernel[1], kernel[2]);
    }
    return offload;
}

}  // namespace nvi::desired
