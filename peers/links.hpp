// SPDX-License-Identifier: GPL-2.0-or-later
// The devices and routes that peers need on either side, by rtnetlink.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/net/address.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::peers {

struct VxlanDevice {
    std::string name;
    uint32_t vni{};
    Mac mac;
    uint16_t port{};  // UDP: it sends from here and listens here
    uint32_t mtu{};   // bytes, inside
    bool ipv6{};      // it has a link-local address
};

// All throw Error with the kernel's own words.
class Links {
  public:
    Links();

    void make(const VxlanDevice& device);                    // fails when there is one of that name
    bool make_dummy(const std::string& name, uint32_t mtu);  // false: there is one
    void set_up(const std::string& name);
    void remove(const std::string& name);  // nothing when there is none
    void add_address(const std::string& device, const Prefix& address);
    // In the main table, in place of another to the same prefix. `via` need not be on a network of the
    // device's. `source`: of packets from here.
    void set_route(const Prefix& to, const std::string& device, const std::optional<Address>& via,
                   const std::optional<Address>& source);
    // The one remote VTEP that a device sends everything to.
    void set_remote(const std::string& device, const Address& remote, uint16_t port);
    void remove_remote(const std::string& device, const Address& remote, uint16_t port);

  private:
    // The errno when it is `allowed`, 0 when done.
    int request(const netlink::Message& message, const std::string& what, int allowed = 0);

    netlink::Socket socket_;
};

// Throws Error when there is none.
uint32_t index_of(const std::string& device);

}  // namespace nvi::peers
