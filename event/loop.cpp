// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event's loop.
#include "event/loop.hpp"

#include <systemd/sd-daemon.h>

#include <utility>

#include "gateway/net/error.hpp"

namespace nvi::event {

namespace {

void check(int result, const char* what) {
    if (result < 0) throw Error::system(what, -result);
}

}  // namespace

Loop::Loop() {
    sd_event* event = nullptr;
    check(sd_event_new(&event), "event loop");
    event_.reset(event);
}

void Loop::run() {
    check(sd_event_set_watchdog(event_.get(), 1), "watchdog");
    sd_notify(0, "READY=1");
    const int result = sd_event_loop(event_.get());
    sd_notify(0, "STOPPING=1");
    if (failure_) std::rethrow_exception(failure_);
    check(result, "event loop");
}

void Loop::end() {
    sd_event_exit(event_.get(), 0);
}

void Loop::fail(std::exception_ptr why) {
    failure_ = std::move(why);
    sd_event_exit(event_.get(), 1);
}

}  // namespace nvi::event
