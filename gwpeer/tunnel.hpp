// SPDX-License-Identifier: GPL-2.0-or-later
// The node's vxlan device, and the socket on it that keepalives go by.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "gateway/net/fd.hpp"
#include "gwpeer/config.hpp"
#include "peers/links.hpp"

namespace nvi::gwpeer {

// Made when it is constructed, in place of what an earlier one left; deleted when it is destroyed.
class Tunnel {
  public:
    // Throws Error.
    explicit Tunnel(const Config& config);
    ~Tunnel();
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    // Looks the gateway's name up again, and sends there from now on. False when it has no address; all stays
    // then.
    bool resolve();
    std::optional<Address> server() const { return server_; }

    int descriptor() const { return socket_.get(); }
    void send(const peers::Frame& frame);
    // The next ARP frame that came through the tunnel; empty: none.
    std::span<const uint8_t> receive();

  private:
    void set_up();

    const Config& config_;
    peers::Links links_;
    std::optional<Address> server_;
    Fd socket_;
    uint32_t index_{};
    std::array<uint8_t, 256> buffer_{};
};

}  // namespace nvi::gwpeer
