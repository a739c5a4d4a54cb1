// SPDX-License-Identifier: GPL-2.0-or-later
// Says once a minute that connections found no port to leave by, and where ports are short.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "event/source.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::gatewayd {

class Shortage {
  public:
    using Say = std::function<void(const std::string& text)>;
    using Name = std::function<std::string(uint32_t tenant)>;

    // What was counted before is not said. Throws Error.
    Shortage(event::Loop& loop, Name name, Say say);

  private:
    void look();

    Name name_;
    Say say_;
    netlink::Socket netfilter_;
    uint64_t counted_;
    event::Source timer_;
};

}  // namespace nvi::gatewayd
