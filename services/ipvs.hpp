// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services of the kernel's IPVS, by generic netlink (include/uapi/linux/ip_vs.h).
#pragma once

#include <memory>
#include <vector>

#include "gateway/state/service.hpp"

struct nl_sock;

namespace nvi::services {

// An address that we made local, and for whom.
struct Owned {
    Address vip;
    uint32_t tenant{};
};

struct CloseNetlink {
    void operator()(nl_sock* socket) const;
};

// In the network namespace where it was made. Backends get their packets by IP-in-IP ("tunnel").
class Ipvs {
  public:
    // Throws Error when the kernel has no IPVS.
    Ipvs();

    // Those at these addresses, each with one port. Sorted.
    std::vector<state::Service> services(const std::vector<Owned>& vips);
    // New or changed. A backend that goes away is removed after the others are as they shall be.
    void put(const state::Service& service);
    void remove(const state::Service& service);

    // Whether a backend was found dead. Says whether that is a change.
    bool mark(const state::Service& service, const Address& backend, bool down);
    std::vector<Address> down(const state::Service& service);

  private:
    std::unique_ptr<nl_sock, CloseNetlink> socket_;
    int family_ = 0;
};

}  // namespace nvi::services
