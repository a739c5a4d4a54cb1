// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's socket: one line asks, one JSON document answers. Root's alone.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "event/source.hpp"
#include "gateway/net/fd.hpp"

namespace nvi::daemon {

// Of this network namespace: /run/nvi-gateway/INODE/peerd.sock. Throws Error.
std::string socket_path();

class Control {
  public:
    // Listens at the path, in place of what is there. Throws Error.
    Control(event::Loop& loop, const std::string& path);
    // Answers to the line `word`.
    void answer(const std::string& word, std::function<nlohmann::json()> with);

  private:
    void serve();

    Fd listening_;
    event::Source asked_;
    std::map<std::string, std::function<nlohmann::json()>> answers_;
};

// Asks the daemon there. Throws Error.
nlohmann::json ask(const std::string& path, const std::string& word);

}  // namespace nvi::daemon
