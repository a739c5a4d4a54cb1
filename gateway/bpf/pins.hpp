// SPDX-License-Identifier: GPL-2.0-or-later
// Where maps and links are pinned: they outlive the program that made them there.
#pragma once

#include <filesystem>
#include <string>

namespace nvi::bpf {

// The bpffs: "/sys/fs/bpf", or what NVI_BPFFS names.
std::filesystem::path filesystem();

// Whether a bpffs is mounted there, which a kernel without BPF has not.
bool is_mounted();

// "/sys/fs/bpf/NAME/INODE" of the calling thread's network namespace. Throws Error.
std::filesystem::path pins_directory(const std::string& name);

// Makes a directory of pins, and those above it. Throws Error.
void make_directory(const std::filesystem::path& directory);

}  // namespace nvi::bpf
