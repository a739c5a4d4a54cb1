// SPDX-License-Identifier: GPL-2.0-or-later
// A daemon's event loop: sd-event, with failures that are exceptions.
#pragma once

#include <systemd/sd-event.h>

#include <exception>
#include <memory>

namespace nvi::event {

class Loop {
  public:
    Loop();  // throws Error

    // Until end(). Tells systemd that the program is ready and that it ends, and answers its watchdog. Throws
    // what a source's call threw, which ends the loop too.
    void run();
    void end();

    // For Source.
    sd_event* handle() const { return event_.get(); }
    void fail(std::exception_ptr why);

  private:
    struct Drop {
        void operator()(sd_event* event) const { sd_event_unref(event); }
    };

    std::unique_ptr<sd_event, Drop> event_;
    std::exception_ptr failure_;
};

}  // namespace nvi::event
