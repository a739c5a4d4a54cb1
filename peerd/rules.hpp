// SPDX-License-Identifier: GPL-2.0-or-later
// From the files to what the peers' packet path is told.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "peers/bindings.hpp"
#include "peers/plane.hpp"
#include "tenants/model.hpp"

namespace nvi::daemon {

// Every peer of every tenant. A secret that cannot be read is told to `complain`; its peer has none then.
std::vector<peers::Peer> peers_of(const tenants::Config& config,
                                  const std::function<void(const std::string&)>& complain);

peers::Rules rules_of(const tenants::Config& config);

}  // namespace nvi::daemon
