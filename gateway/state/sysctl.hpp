// SPDX-License-Identifier: GPL-2.0-or-later
// Settings below /proc/sys of the calling thread's network namespace.
#pragma once

#include <optional>
#include <string>

#include "gateway/state/objects.hpp"

namespace nvi::state {

// Empty when the kernel has no such setting. Without the closing newline.
std::optional<std::string> read_sysctl(const std::string& path);
// Throws Error with the path and the value.
void write_sysctl(const Sysctl& sysctl);

// Whether a new device checks the source of what it receives by the route back (rp_filter 1): see
// Link::strict_source.
bool strict_source_by_default();
uint32_t rp_filter_all();
// Whether a new device is without IPv6 (see Link::ipv6_disabled), and its own setting, which rtnetlink does
// not change. False and nothing to enable with a kernel that has no IPv6.
bool ipv6_disabled_by_default();
void enable_ipv6(const std::string& device);

}  // namespace nvi::state
