// SPDX-License-Identifier: GPL-2.0-or-later
// The program at an uplink: XDP by a pinned link, and the classifier behind it.
#pragma once

#include <string>
#include <vector>

#include "gateway/bpf/object.hpp"
#include "gateway/state/service.hpp"
#include "services/maps.hpp"

namespace nvi::services {

// What is attached by us, sorted; version 0 where a part is missing.
std::vector<state::Program> read_programs(const Maps& maps);

// Attaches, or replaces what is attached between two packets. Native mode where the driver has it, else
// generic. Throws Error: EBUSY when somebody else's XDP program is there.
void attach(const Maps& maps, const bpf::Object& object, const std::string& device, uint64_t version);
void detach(const Maps& maps, const std::string& device);

// "native" or "generic", as the kernel says; empty when nothing is attached.
std::string mode_of(const std::string& device);

}  // namespace nvi::services
