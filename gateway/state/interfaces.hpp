// SPDX-License-Identifier: GPL-2.0-or-later
// Device names and interface indices, each way: what was learnt, or else what the kernel says.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "gateway/netlink/socket.hpp"

namespace nvi::state {

class Interfaces {
  public:
    Interfaces() = default;  // only what it is taught
    // Asks on this socket for what it does not know. The socket must outlive it, and be another one than
    // that of a pipeline in flight or an observation.
    explicit Interfaces(netlink::Socket& questions) : questions_(&questions) {}

    // Throws Error(ENODEV) for a device that is not there.
    uint32_t index(const std::string& name);
    // Empty for an index that no device has.
    std::optional<std::string> name(uint32_t index);
    // Asks for many at once; those that are not there stay unknown.
    void fetch(std::span<const std::string> names);

    void learn(const std::string& name, uint32_t index);
    // A device that was deleted, or made anew with another index.
    void forget(const std::string& name);
    void clear();

  private:
    netlink::Socket* questions_ = nullptr;
    std::unordered_map<std::string, uint32_t> indices_;
    std::unordered_map<uint32_t, std::string> names_;
};

}  // namespace nvi::state
