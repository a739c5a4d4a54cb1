// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of peers, over a restart of the machine. The maps keep it over a restart of the daemon.
#pragma once

#include <map>
#include <string>

#include "peers/bindings.hpp"

namespace nvi::daemon {

using Known = std::map<peers::PeerKey, peers::Binding>;

// Empty when there is no file. Throws Error for one that is damaged.
Known read_state(const std::string& path);
// In one step: the file is the old one or the new one, on the disk. Throws Error.
void write_state(const std::string& path, const Known& known);

}  // namespace nvi::daemon
