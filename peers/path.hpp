// SPDX-License-Identifier: GPL-2.0-or-later
// What peers' packet path leaves in the kernel, and taking all of it away.
#pragma once

#include <string>

namespace nvi::peers {

// Where what is for VTEP addresses is sent, and rewritten.
inline constexpr const char* kVtepDevice = "nvi-vtep";

// Where the maps of this network namespace are pinned: nvi-peers/INODE on the bpf file system, which is
// /sys/fs/bpf or what NVI_BPFFS names. Throws Error.
std::string map_folder();

// The programs, their maps, the device with its routes, the clsact that was made for them where nobody else
// uses it. The packets of peers are dropped from then on. Nothing when there is none of it. Throws Error.
void remove_path(const std::string& maps);

}  // namespace nvi::peers
