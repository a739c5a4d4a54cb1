// SPDX-License-Identifier: GPL-2.0-or-later
// Peers behind NAT: keepalives in, bindings and answers out.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "event/source.hpp"
#include "gateway/net/fd.hpp"
#include "peerd/control.hpp"
#include "peers/bindings.hpp"
#include "peers/links.hpp"
#include "peers/path.hpp"
#include "peers/plane.hpp"
#include "tenants/model.hpp"

namespace nvi::daemon {

struct PeerOptions {
    std::string config;  // gateway.toml
    std::string maps;    // on a bpf file system
    std::string state;   // file; empty: peers.json in the gateway's state folder
};

class PeerService {
  public:
    // Takes up what an earlier daemon left. Throws Error.
    PeerService(event::Loop& loop, Control& control, PeerOptions options);
    ~PeerService();
    // Reads the files again. What is wrong with them is logged, and all stays as it was.
    void reload();
    // Where the files are.
    std::vector<std::string> folders() const;

  private:
    void begin();
    // Takes the packet path away, until begin(): gwctl down.
    void leave();
    void configure(const tenants::Config& config);
    void attach(const tenants::Gateway& gateway);
    void receive(const peers::Received& received);
    void expire();
    void answer(const peers::Received& received, const peers::Frame& frame);
    void apply(const std::vector<peers::Change>& changes);
    void restore();
    void save();
    nlohmann::json report() const;

    event::Loop& loop_;
    event::Source keepalives_, expiring_, saving_;
    PeerOptions options_;
    std::unique_ptr<peers::Plane> plane_;
    peers::Links links_;
    peers::Bindings bindings_;
    Fd raw_;                // answers go out here
    Address underlay_;      // their source
    bool changed_ = false;  // since save()
    bool restored_ = false;
    bool configured_ = false;  // once: what is wrong before is an error, after that it is logged
};

}  // namespace nvi::daemon
