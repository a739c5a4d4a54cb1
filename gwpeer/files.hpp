// SPDX-License-Identifier: GPL-2.0-or-later
// What gwpeer leaves on the node's disk: the last timestamp, and its status for `gwpeer status`.
#pragma once

#include <cstdint>
#include <string>

#include "gwpeer/config.hpp"
#include "gwpeer/session.hpp"

namespace nvi::gwpeer {

struct Files {
    std::string state;   // the last timestamp, kept over restarts of the node
    std::string status;  // kept while it runs
};
Files files_of(const Config& config, const std::string& state_folder, const std::string& run_folder);

uint64_t read_timestamp(const std::string& path);  // 0: none
void write_timestamp(const std::string& path, uint64_t timestamp);

void write_status(const std::string& path, const Config& config, const Session& session,
                  const std::string& server, uint64_t now);

}  // namespace nvi::gwpeer
