// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong in the files: every error with its place, its line and a caret.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tenants/model.hpp"

namespace nvi::tenants {

struct Diagnostic {
    Place place;
    std::string message;
    std::string source;  // the line that place points into, as it is in the file; may be empty
};

class Diagnostics {
  public:
    void add(Place place, std::string message);
    void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
    bool empty() const { return list_.empty(); }
    size_t size() const { return list_.size(); }
    const std::vector<Diagnostic>& list() const { return list_; }

    // Sorts by place, drops repetitions, and fills in the source lines. text_of gives a file's text, or
    // nothing; it is asked once a file.
    void finish(const std::function<std::optional<std::string>(const std::string& file)>& text_of);

    // For people:
    //   acme.toml:7:11: node is not an address: "172.16.0.300"
    //       node    = "172.16.0.300"
    //                 ^
    // Nothing in it can harm a terminal.
    std::string text() const;

  private:
    std::vector<Diagnostic> list_;
};

// One diagnostic as above, ending with a line feed.
std::string render(const Diagnostic& diagnostic);

}  // namespace nvi::tenants
