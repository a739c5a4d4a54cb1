// SPDX-License-Identifier: GPL-2.0-or-later
// What a loop waits for. A source ends with the value that holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "event/loop.hpp"

namespace nvi::event {

// A source and what is called when it fires; a call may stop its own source or start it anew. It does not
// move: sd-event knows the address. It must not outlive its loop.
class Source {
  public:
    using Call = std::function<void()>;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { stop(); }

    // Each replaces what was there before. All throw Error. The first two fire once.
    void after(Loop& loop, uint64_t microseconds, Call call);
    void readiness(Loop& loop, int descriptor, uint32_t events, Call call);  // EPOLLIN, EPOLLOUT
    void readable(Loop& loop, int descriptor, Call call);
    void every(Loop& loop, uint64_t microseconds, Call call);  // first after that time
    void signal(Loop& loop, int number, Call call);            // blocks it elsewhere
    // When a file in the folder was written, moved or deleted.
    void folder(Loop& loop, const std::string& path, Call call);
    void stop();

  private:
    static int fire(void* source);
    void begin(Loop& loop, Call call);
    void keep(int result, sd_event_source* source, const std::string& what);

    Loop* loop_ = nullptr;
    sd_event_source* source_ = nullptr;
    uint64_t period_ = 0;  // microseconds
    Call call_;
};

}  // namespace nvi::event
