// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event behind functions.
#include "peerd/loop.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <ctime>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::daemon {

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

Loop::Source& Loop::add(std::function<void()> call) {
    sources_.push_back(std::make_unique<Source>());
    sources_.back()->loop = this;
    sources_.back()->call = std::move(call);
    return *sources_.back();
}

int Loop::guarded(Source& source) {
    try {
        source.call();
        return 0;
    } catch (...) {
        source.loop->failure_ = std::current_exception();
        return sd_event_exit(source.loop->event_.get(), 1);
    }
}

void Loop::on_readable(int descriptor, std::function<void()> call) {
    Source& source = add(std::move(call));
    const auto handler = [](sd_event_source*, int, uint32_t, void* data) {
        return guarded(*static_cast<Source*>(data));
    };
    check(sd_event_add_io(event_.get(), &source.source, descriptor, EPOLLIN, handler, &source), "event loop");
}

void Loop::every(uint64_t microseconds, std::function<void()> call) {
    Source& source = add(std::move(call));
    source.period = microseconds;
    const auto handler = [](sd_event_source* timer, uint64_t, void* data) {
        auto& own = *static_cast<Source*>(data);
        sd_event_source_set_time_relative(timer, own.period);
        sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
        return guarded(own);
    };
    check(sd_event_add_time_relative(event_.get(), &source.source, CLOCK_MONOTONIC, microseconds, 0, handler,
                                     &source),
          "event loop");
}

void Loop::on_signal(int signal, std::function<void()> call) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    Source& source = add(std::move(call));
    const auto handler = [](sd_event_source*, const signalfd_siginfo*, void* data) {
        return guarded(*static_cast<Source*>(data));
    };
    check(sd_event_add_signal(event_.get(), &source.source, signal, handler, &source), "event loop");
}

void Loop::on_change(const std::string& folder, std::function<void()> call) {
    Source& source = add(std::move(call));
    const auto handler = [](sd_event_source*, const inotify_event*, void* data) {
        return guarded(*static_cast<Source*>(data));
    };
    const int result =
        sd_event_add_inotify(event_.get(), &source.source, folder.c_str(),
                             IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE, handler, &source);
    if (result < 0) throw Error::system("watch " + folder, -result);
}

void Loop::run() {
    check(sd_event_set_watchdog(event_.get(), 1), "watchdog");
    sd_notify(0, "READY=1");
    check(sd_event_loop(event_.get()), "event loop");
    sd_notify(0, "STOPPING=1");
    if (failure_) std::rethrow_exception(failure_);
}

void Loop::end() {
    sd_event_exit(event_.get(), 0);
}

}  // namespace nvi::daemon
