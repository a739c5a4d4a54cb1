// SPDX-License-Identifier: GPL-2.0-or-later
// What the vxlan driver cannot be told, done to its packets by an nf_tables table of our own: the exact
// source port (kernels from 7.2 take the one above it, too), and a remote on this machine (the driver drops
// those).
#pragma once

#include <string>

#include "gwpeer/config.hpp"

namespace nvi::gwpeer {

// Stands for a relay where the driver looks (RFC 7600's dummy address: no host has it). It is routed by the
// default route until it is rewritten: the driver refuses a remote behind the loopback device.
Address relay_stand_in();

// The table "gwpeer-NAME" in place of an earlier one. Throws Error; EOPNOTSUPP or ENOENT where the kernel has
// no nf_tables.
void set_rewrites(const Config& config);
// Nothing when there is none.
void remove_rewrites(const Config& config);

}  // namespace nvi::gwpeer
