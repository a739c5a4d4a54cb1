// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnel destinations of the calling thread's network namespace, in BPF maps: one pinned map a tenant, and
// the program at the egress of its tunnel device that looks hosts up in it.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "gateway/net/fd.hpp"
#include "gateway/state/destination.hpp"

namespace nvi::steering {

class Steering {
  public:
    // Sorted by tenant. `tenant`: that one's only; 0: all.
    std::vector<state::Steering> devices(uint32_t tenant = 0);
    std::vector<state::Destination> destinations(uint32_t tenant = 0);

    // Each throws Error. A map is made with its first entry, or with its program, and goes with that.
    void put(const state::Steering& steering);
    void remove(const state::Steering& steering);
    // In place: a packet finds the old entry or the new one.
    void put(const state::Destination& destination);
    void remove(const state::Destination& destination);

  private:
    const Fd& map_of(uint32_t tenant);

    std::map<uint32_t, Fd> maps_;
};

// "/sys/fs/bpf/nvi-steering/INODE" of the network namespace.
std::filesystem::path pins_directory();

}  // namespace nvi::steering
