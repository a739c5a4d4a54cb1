// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event's sources.
#include "event/source.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>

#include <csignal>
#include <ctime>
#include <utility>

#include "gateway/net/error.hpp"

namespace nvi::event {

namespace {

constexpr uint64_t kAccuracy = 10'000;  // microseconds that a timer may be late, to share a wakeup

}  // namespace

void Source::stop() {
    if (source_ != nullptr) sd_event_source_disable_unref(source_);
    source_ = nullptr;
}

int Source::fire(void* source) {
    auto& self = *static_cast<Source*>(source);
    Loop& loop = *self.loop_;
    const Call call = self.call_;
    try {
        call();
    } catch (...) {
        loop.fail(std::current_exception());
    }
    return 0;
}

void Source::begin(Loop& loop, Call call) {
    stop();
    loop_ = &loop;
    call_ = std::move(call);
}

void Source::keep(int result, sd_event_source* source, const std::string& what) {
    if (result < 0) throw Error::system(what, -result);
    source_ = source;
}

void Source::after(Loop& loop, uint64_t microseconds, Call call) {
    begin(loop, std::move(call));
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, uint64_t, void* self) { return fire(self); };
    const int result = sd_event_add_time_relative(loop.handle(), &source, CLOCK_MONOTONIC, microseconds,
                                                  kAccuracy, fired, this);
    keep(result, source, "timer");
}

void Source::every(Loop& loop, uint64_t microseconds, Call call) {
    after(loop, microseconds, [this, call = std::move(call)] {
        sd_event_source_set_time_relative(source_, period_);
        sd_event_source_set_enabled(source_, SD_EVENT_ONESHOT);
        call();
    });
    period_ = microseconds;
}

void Source::readiness(Loop& loop, int descriptor, uint32_t events, Call call) {
    readable(loop, descriptor, std::move(call));
    sd_event_source_set_io_events(source_, events);
    sd_event_source_set_enabled(source_, SD_EVENT_ONESHOT);
}

void Source::readable(Loop& loop, int descriptor, Call call) {
    begin(loop, std::move(call));
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, int, uint32_t, void* self) { return fire(self); };
    const int result = sd_event_add_io(loop.handle(), &source, descriptor, EPOLLIN, fired, this);
    keep(result, source, "watch a socket");
}

void Source::signal(Loop& loop, int number, Call call) {
    begin(loop, std::move(call));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, const signalfd_siginfo*, void* self) { return fire(self); };
    const int result = sd_event_add_signal(loop.handle(), &source, number, fired, this);
    keep(result, source, "watch a signal");
}

void Source::folder(Loop& loop, const std::string& path, Call call) {
    begin(loop, std::move(call));
    sd_event_source* source = nullptr;
    const auto fired = [](sd_event_source*, const inotify_event*, void* self) { return fire(self); };
    const int result =
        sd_event_add_inotify(loop.handle(), &source, path.c_str(),
                             IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE, fired, this);
    keep(result, source, "watch " + path);
}

}  // namespace nvi::event
