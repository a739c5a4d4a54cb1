// SPDX-License-Identifier: GPL-2.0-or-later
// What all tenants claim, remembered from run to run: adding one tenant must not read ten thousand files.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tenants/claims.hpp"
#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// A cache, never a truth: a file whose inode, size or times differ from what was seen is read again, and
// an index that is missing, damaged or of another gateway.toml is built anew. So what check() says is what a
// reading of all files would say.
class Index {
  public:
    // `path` is the index's own file. Errors in tenants' files that had to be read go to the diagnostics;
    // such files are read again the next time. Throws Error when the tenants' folder cannot be read.
    Index(const Gateway& gateway, std::string path, Diagnostics& diagnostics);

    // Reports each claim of the tenant that another tenant holds.
    void check(const Tenant& tenant, Diagnostics& diagnostics) const;

    size_t size() const { return records_.size(); }
    size_t files_read() const { return files_read_; }

    // Keeps the index for the next run, if it changed. Throws Error.
    void save() const;

  private:
    void load(const std::string& stamp);
    void refresh(const Gateway& gateway, Diagnostics& diagnostics);

    std::string path_;
    FileName folder_;
    std::string stamp_;                                               // of gateway.toml: its path and status
    std::string stored_;                                              // the index file
    std::deque<std::string> fresh_;                                   // records made by this run
    std::unordered_map<std::string_view, std::string_view> records_;  // by tenant; into the two above
    size_t files_read_ = 0;
    bool changed_ = false;
};

// load_tenant() or read_and_check(), and index.check(): everything that check would say of this tenant.
struct Candidate {
    Tenant tenant;
    Diagnostics diagnostics;
};
Candidate check_against(const Index& index, const Gateway& gateway, const std::string& name,
                        std::string_view text);

}  // namespace nvi::tenants
