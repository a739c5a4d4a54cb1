// SPDX-License-Identifier: GPL-2.0-or-later
// Sending keepalives and reading answers.
#include "gwpeer/session.hpp"

#include <algorithm>

namespace nvi::gwpeer {

namespace {

constexpr uint32_t kShortest = 5;   // seconds
constexpr size_t kRemembered = 16;  // keepalives that an answer may still come to

}  // namespace

peers::Frame Session::next(uint64_t now) {
    last_ = std::max(now, last_ + 1);
    ++sent_;
    ++unanswered_;
    waiting_.emplace(last_, now);
    if (waiting_.size() > kRemembered) waiting_.erase(waiting_.begin());
    return peers::encode({.kind = peers::Kind::keepalive,
                          .vni = config_.vni,
                          .mac = config_.mac,
                          .address = config_.addresses.front().address(),
                          .timestamp = last_},
                         config_.secret);
}

bool Session::take(std::span<const uint8_t> frame, uint64_t now) {
    const auto answer = peers::decode(frame, config_.vni);
    if (!answer || answer->kind != peers::Kind::answer) return false;
    const auto sent = waiting_.find(answer->timestamp);
    if (sent == waiting_.end() || !peers::verify(frame, config_.vni, config_.secret)) return false;
    round_trip_ = now > sent->second ? now - sent->second : 0;
    waiting_.erase(sent);
    ++answered_;
    unanswered_ = 0;
    answered_at_ = now;
    if (seen_as_ && *seen_as_ != answer->observed) {
        ++moves_;
        // The NAT forgets sooner than we remind it.
        interval_ = std::max(kShortest, interval_ / 2);
    }
    seen_as_ = answer->observed;
    return true;
}

double Session::pause(double random) const {
    // One second, two, four after an unanswered one; up to a fifth less than the interval otherwise, so that
    // peers that began together do not stay together.
    if (unanswered_ > 0 && unanswered_ < 5) return 1U << (unanswered_ - 1);
    return interval_ * (1 - 0.2 * random);
}

}  // namespace nvi::gwpeer
