// SPDX-License-Identifier: GPL-2.0-or-later
// A compiled BPF object: its programs and maps, in the kernel from load() on.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

struct bpf_object;

namespace nvi::bpf {

struct CloseObject {
    void operator()(bpf_object* object) const;
};

class Object {
  public:
    // `elf` need not outlive this. `what`: for errors, "the XDP program". Maps that are declared to be pinned
    // by name are the ones in `pins`. Throws Error.
    Object(std::span<const unsigned char> elf, const char* name, std::string what,
           const std::filesystem::path& pins);

    // This map is the one that is pinned there, which is made if it is not. Before load().
    void pin(const char* map, const std::filesystem::path& path) const;
    // Where one of these is pinned as an earlier version laid its entries out, all of them are unpinned, and
    // made anew by load(): programs that run keep theirs. Before load(). Throws Error.
    void renew(std::initializer_list<const char*> maps) const;
    // Throws Error with the verifier's last words.
    void load() const;

    // Descriptors that this object owns; -1 when it has no such program or map.
    int program(const char* name) const;
    int map(const char* name) const;

  private:
    std::unique_ptr<bpf_object, CloseObject> object_;
    std::string what_;
};

}  // namespace nvi::bpf
