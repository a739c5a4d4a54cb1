// SPDX-License-Identifier: GPL-2.0-or-later
// The compiled program of virtual services, and where its maps are kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "gateway/bpf/object.hpp"

namespace nvi::services {

// Of the program that this library carries: another with every change of it.
uint64_t program_version();

// "/sys/fs/bpf/nvi-gateway/INODE" of the calling thread's network namespace.
std::filesystem::path pins_directory();

// Whether XDP programs can be kept here. Else `why` says why not.
bool xdp_usable(std::string& why);

// Loads the program with the maps pinned in `directory`, which are made if they are not there. Throws Error
// with the verifier's last words.
bpf::Object load(const std::filesystem::path& directory);
// The same from another ELF file, for tests.
bpf::Object load(const std::filesystem::path& directory, std::span<const unsigned char> elf);

}  // namespace nvi::services
