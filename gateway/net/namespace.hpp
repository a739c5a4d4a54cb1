// SPDX-License-Identifier: GPL-2.0-or-later
// The network namespace that this program is in.
#pragma once

#include <string>

namespace nvi {

// Its inode number, which tells it from all others there are now: names what is kept for one namespace.
// Throws Error.
std::string network_namespace();

}  // namespace nvi
