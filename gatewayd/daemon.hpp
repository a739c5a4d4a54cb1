// SPDX-License-Identifier: GPL-2.0-or-later
// What needs time: health checks of services' backends, whose results are in the kernel, with the services;
// and connections that find no port. Killed or upgraded, it goes on from there.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "event/source.hpp"
#include "gateway/state/service.hpp"
#include "gatewayd/probe.hpp"
#include "gatewayd/shortage.hpp"

namespace nvi::gatewayd {

class Daemon {
  public:
    explicit Daemon(std::string config);

    // Until SIGTERM or SIGINT. Throws Error.
    void run();

  private:
    void reload();  // files that are wrong are said, and what was goes on
    void watch(const state::Service& service, const tenants::Check& check);
    void changed(const state::Service& service, const Address& backend, bool alive, const std::string& why);

    std::string config_;
    event::Loop loop_;
    event::Source terminate_, interrupt_, hangup_, folder_, settle_;
    std::list<Probe> probes_;
    std::map<uint32_t, std::string> names_;  // of tenants, by id
    std::optional<Shortage> shortage_;
};

}  // namespace nvi::gatewayd
