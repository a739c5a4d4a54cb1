// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's event loop, sd-event with owned sources. Every part of the daemon adds its own.
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace nvi::daemon {

// A handler's exception ends the loop, and run() throws it.
class Loop {
  public:
    Loop();

    // Calls until the loop ends, each time that the descriptor is readable.
    void on_readable(int descriptor, std::function<void()> call);
    // Calls every so many microseconds, first after that time.
    void every(uint64_t microseconds, std::function<void()> call);
    // Blocks the signal elsewhere.
    void on_signal(int signal, std::function<void()> call);
    // Calls when a file in the folder was written, moved or deleted.
    void on_change(const std::string& folder, std::function<void()> call);

    // Until end(). Tells systemd when it is ready and answers its watchdog.
    void run();
    void end();

  private:
    struct Source {
        Loop* loop;
        std::function<void()> call;
        uint64_t period{};
        sd_event_source* source{};
        ~Source() { sd_event_source_unref(source); }
    };
    struct Unref {
        void operator()(sd_event* event) const { sd_event_unref(event); }
    };
    Source& add(std::function<void()> call);
    static int guarded(Source& source);

    std::unique_ptr<sd_event, Unref> event_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::exception_ptr failure_;
};

}  // namespace nvi::daemon
