// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with the network that the tunnels cross.
#pragma once

#include <string>
#include <vector>

#include "gateway/apply/kernel.hpp"
#include "tenants/model.hpp"

namespace nvi::cli {

// A sentence for each device that takes smaller packets than gateway.toml says: tunnel packets would be
// fragmented or lost there. One for each backend of a service that no route leads to.
// And one when nvi-peerd, which the tenants need, has made no device.
std::vector<std::string> underlay_warnings(apply::Kernel& kernel, const tenants::Config& config,
                                           const state::State& desired);

}  // namespace nvi::cli
