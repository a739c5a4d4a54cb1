// SPDX-License-Identifier: GPL-2.0-or-later
// What of the machine a decision depends on and no file says.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

namespace nvi::state {

struct Machine {
    std::string release;                    // uname: "6.12.95+deb13-amd64"
    std::string version;                    // uname: "#1 SMP ... Debian 6.12.95-1 (2026-09-01)"
    std::vector<std::string> uplinks_here;  // those of gateway.toml that exist, in its order

    // The kernel's own version, e.g. {6, 12, 95}. Debian's release may stand still ("6.1.0-32-amd64");
    // its true number is in `version`. Zeros where there is none.
    std::array<unsigned, 3> kernel() const;
};

// Needs no rights. Of the calling thread's network namespace.
Machine observe_machine(std::span<const std::string> uplinks);

}  // namespace nvi::state
