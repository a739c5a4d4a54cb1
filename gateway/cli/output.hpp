// SPDX-License-Identifier: GPL-2.0-or-later
// What verbs print with: tables for people, progress on a terminal, a bound in seconds.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

// The one JSON document of --json, on stdout.
void print_json(const nlohmann::json& document);

// Columns as wide as their widest cell, two spaces between them; the last is not padded. Wide
// characters count as one column: names and addresses have none.
std::string aligned(const std::vector<std::vector<std::string>>& rows, size_t indent = 0);

// What a verb lists: with --json the document, else the rows.
void print_list(const Context& context, const nlohmann::json& document,
                const std::vector<std::vector<std::string>>& rows);

// "60s", "5m", "90" (seconds). Throws UsageError.
std::chrono::seconds parse_duration(const std::string& text);

// One line on stderr that is written over; nothing at all where stderr is no terminal.
class ProgressLine {
  public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    // Drawn ten times a second at most.
    void update(const std::string& what, size_t done, size_t of);
    void clear();

  private:
    bool terminal_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace nvi::cli
