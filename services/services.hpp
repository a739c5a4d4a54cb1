// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services of the calling thread's network namespace, by whichever path: what is there, and
// changing it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/state/service.hpp"
#include "services/definitions.hpp"
#include "services/ipvs.hpp"
#include "services/maps.hpp"
#include "services/object.hpp"

namespace nvi::services {

class Services {
  public:
    // Both sorted. `vips`: whose IPVS services are ours, whatever answers at other addresses.
    std::vector<state::Service> services(const std::vector<Owned>& vips);
    std::vector<state::Program> programs();

    // All throw Error.
    void put(const state::Service& service);
    void remove(const state::Service& service);
    void put(const state::Program& program);
    void remove(const state::Program& program);

    // Whether a backend was found dead. Says whether that is a change.
    bool mark(const state::Service& service, const Address& backend, bool down);
    std::vector<Address> down(const state::Service& service);

    // What the XDP program did: by service, and packets that it did not send on, by reason.
    ServiceTraffic traffic(const state::Service& service);
    std::vector<std::pair<std::string, uint64_t>> events();

  private:
    const Maps& maps();      // made when they are not there
    bool look();             // whether they are
    void forget_if_empty();  // the pins go with the last service and program

    std::optional<bpf::Object> object_;
    std::optional<Maps> maps_;
    std::optional<Ipvs> ipvs_;
};

}  // namespace nvi::services
