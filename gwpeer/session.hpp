// SPDX-License-Identifier: GPL-2.0-or-later
// What a node knows of its tunnel from keepalives and their answers. No sockets or clocks in here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "gwpeer/config.hpp"
#include "peers/keepalive.hpp"

namespace nvi::gwpeer {

class Session {
  public:
    // `last`: the timestamp of the last keepalive ever sent, so that a clock that was set back does no harm.
    Session(const Config& config, uint64_t last) : config_(config), last_(last), interval_(config.interval) {}

    // The next keepalive; `now` is nanoseconds since 1970.
    peers::Frame next(uint64_t now);
    // True for an answer to one of ours; all else is passed over.
    bool take(std::span<const uint8_t> frame, uint64_t now);

    // Seconds until the next: short until the first answer, and when answers fail to come.
    double pause(double random) const;

    uint64_t last() const { return last_; }
    uint64_t sent() const { return sent_; }
    uint64_t answered() const { return answered_; }
    uint64_t moves() const { return moves_; }            // how often the gateway saw us elsewhere than before
    uint32_t interval() const { return interval_; }      // seconds
    unsigned unanswered() const { return unanswered_; }  // in a row
    std::optional<peers::Endpoint> seen_as() const { return seen_as_; }
    std::optional<uint64_t> round_trip() const { return round_trip_; }  // ns, the last
    uint64_t answered_at() const { return answered_at_; }

  private:
    const Config& config_;
    uint64_t last_;
    uint32_t interval_;
    uint64_t sent_ = 0;
    uint64_t answered_ = 0;
    uint64_t moves_ = 0;
    unsigned unanswered_ = 0;
    uint64_t answered_at_ = 0;
    std::optional<peers::Endpoint> seen_as_;
    std::optional<uint64_t> round_trip_;
    std::map<uint64_t, uint64_t> waiting_;  // timestamp: when it was sent
};

}  // namespace nvi::gwpeer
