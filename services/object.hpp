// SPDX-License-Identifier: GPL-2.0-or-later
// The compiled program: loading it, and where its maps are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct bpf_object;

namespace nvi::services {

// Of the program that this library carries: another with every change of it.
uint64_t program_version();

// "/sys/fs/bpf/nvi-gateway/INODE" of the calling thread's network namespace: maps and links outlive gwctl
// there. NVI_BPFFS names another mount of bpffs than /sys/fs/bpf.
std::filesystem::path pins_directory();

// Whether XDP programs can be kept here: a bpffs is mounted, which a kernel without BPF has not. Else `why`
// says why not.
bool xdp_usable(std::string& why);

struct CloseObject {
    void operator()(bpf_object* object) const;
};

class Object {
  public:
    // Loads the program with the maps pinned in `directory`, which are made if they are not there. Throws
    // Error with the verifier's last words.
    static Object load(const std::filesystem::path& directory);
    // The same from another ELF file, for tests.
    static Object load(const std::filesystem::path& directory, std::span<const unsigned char> elf);

    // Descriptors that this object owns; -1 when it has no such program or map.
    int program(const char* name) const;
    int map(const char* name) const;

  private:
    explicit Object(bpf_object* object) : object_(object) {}
    std::unique_ptr<bpf_object, CloseObject> object_;
};

}  // namespace nvi::services
