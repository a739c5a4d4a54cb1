// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event with owners.
#include "gatewayd/event.hpp"

#include <sys/inotify.h>

#include <ctime>

#include "gateway/net/error.hpp"

namespace nvi::gatewayd {

Event make_event() {
    sd_event* event = nullptr;
    const int result = sd_event_new(&event);
    if (result < 0) throw Error::system("event loop", -result);
    return Event(event);
}

void Source::stop() {
    if (source_ != nullptr) sd_event_source_disable_unref(source_);
    source_ = nullptr;
}

void Source::fire(void* source) {
    // The call may stop this source or start it anew.
    const Call call = static_cast<Source*>(source)->call_;
    call();
}

void Source::keep(int result, sd_event_source* source, const char* what) {
    if (result < 0) throw Error::system(what, -result);
    source_ = source;
}

void Source::after(sd_event* event, uint64_t microseconds, Call call) {
    constexpr uint64_t kAccuracy = 10'000;
    stop();
    call_ = std::move(call);
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, uint64_t, void* self) {
        fire(self);
        return 0;
    };
    const int result =
        sd_event_add_time_relative(event, &source, CLOCK_MONOTONIC, microseconds, kAccuracy, fired, this);
    keep(result, source, "timer");
}

void Source::readiness(sd_event* event, int fd, uint32_t events, Call call) {
    stop();
    call_ = std::move(call);
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, int, uint32_t, void* self) {
        fire(self);
        return 0;
    };
    const int result = sd_event_add_io(event, &source, fd, events, fired, this);
    keep(result, source, "watch a socket");
}

void Source::signal(sd_event* event, int number, Call call) {
    stop();
    call_ = std::move(call);
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, const signalfd_siginfo*, void* self) {
        fire(self);
        return 0;
    };
    const int result = sd_event_add_signal(event, &source, number, fired, this);
    keep(result, source, "watch a signal");
}

void Source::folder(sd_event* event, const char* path, Call call) {
    stop();
    call_ = std::move(call);
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, const inotify_event*, void* self) {
        fire(self);
        return 0;
    };
    const int result = sd_event_add_inotify(
        event, &source, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE, fired, this);
    keep(result, source, path);
}

}  // namespace nvi::gatewayd
