// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event with owners: a source ends with the value that holds it.
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace nvi::gatewayd {

struct DropEvent {
    void operator()(sd_event* event) const { sd_event_unref(event); }
};
using Event = std::unique_ptr<sd_event, DropEvent>;
Event make_event();

// A source and what is called when it fires. Neither may move: sd-event knows the address.
class Source {
  public:
    using Call = std::function<void()>;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { stop(); }

    // Each replaces what was there before; fires once, but for signals and folders. All throw Error.
    void after(sd_event* event, uint64_t microseconds, Call call);
    void readiness(sd_event* event, int fd, uint32_t events, Call call);
    void signal(sd_event* event, int number, Call call);  // must be blocked
    void folder(sd_event* event, const char* path, Call call);
    void stop();

  private:
    static void fire(void* source);
    void keep(int result, sd_event_source* source, const char* what);

    sd_event_source* source_ = nullptr;
    Call call_;
};

}  // namespace nvi::gatewayd
