// SPDX-License-Identifier: GPL-2.0-or-later
// Whether one backend is alive, asked again and again.
#pragma once

#include <functional>
#include <string>

#include "event/source.hpp"
#include "gateway/net/address.hpp"
#include "gateway/net/fd.hpp"
#include "tenants/model.hpp"

namespace nvi::gatewayd {

struct Target {
    Address address;
    uint16_t port{};
    std::string device;  // a tenant's VRF; empty: the outside
    tenants::Check check;
};

class Probe {
  public:
    // `changed` is called when rise or fall is reached, with the reason.
    using Changed = std::function<void(bool alive, const std::string& why)>;
    Probe(event::Loop& loop, Target target, bool alive, Changed changed);

    bool alive() const { return alive_; }

  private:
    void ask();
    void connected();
    void answered();
    void done(bool good, const std::string& why);

    event::Loop& loop_;
    const Target target_;
    bool alive_;
    uint32_t in_a_row_ = 0;  // answers that say otherwise than alive_
    Changed changed_;
    Fd socket_;
    event::Source next_;
    event::Source timeout_;
    event::Source ready_;
};

}  // namespace nvi::gatewayd
