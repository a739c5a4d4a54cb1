// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's socket: one line asks, one JSON document answers. Root's alone.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "gateway/net/fd.hpp"
#include "peerd/loop.hpp"

namespace nvi::daemon {

inline constexpr const char* kSocket = "/run/nvi-gateway/peerd.sock";

class Control {
  public:
    // Listens at the path, in place of what is there. Throws Error.
    Control(Loop& loop, const std::string& path);
    // Answers to the line `word`.
    void answer(const std::string& word, std::function<nlohmann::json()> with);

  private:
    void serve();

    Fd listening_;
    std::map<std::string, std::function<nlohmann::json()>> answers_;
};

// Asks the daemon there. Throws Error.
nlohmann::json ask(const std::string& path, const std::string& word);

}  // namespace nvi::daemon
