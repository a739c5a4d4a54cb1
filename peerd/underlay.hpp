// SPDX-License-Identifier: GPL-2.0-or-later
// Where the underlay's packets come in.
#pragma once

#include <string>
#include <vector>

#include "tenants/model.hpp"

namespace nvi::daemon {

// The device that has the underlay's address; the uplinks when that is the loopback device. Throws Error when
// no device has it.
std::vector<std::string> underlay_devices(const tenants::Gateway& gateway);

// Whether the device drops what comes by another way than the route back would take (strict rp_filter, RFC
// 3704): all of peers' packets, as their VTEP addresses are behind another device.
bool filters_reverse_path(const std::string& device);

}  // namespace nvi::daemon
