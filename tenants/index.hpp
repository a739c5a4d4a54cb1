// SPDX-License-Identifier: GPL-2.0-or-later
// What all tenants claim, remembered from run to run: adding one tenant must not read ten thousand files.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tenants/claims.hpp"
#include "tenants/diagnostics.hpp"
#include "tenants/index_file.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// A cache, never a truth: an index that is missing, damaged or of another gateway.toml is built anew; when
// the tenants' folder has changed (a file came, went, or was replaced), a file whose inode, size or times
// differ from what was seen is read again. A file that was written in place changes no folder: what it claims
// anew is seen by `check` and `apply`, which read all files and change nothing when two of them claim the
// same.
class Index {
  public:
    // `path` is the index's own file. Errors in tenants' files that had to be read go to the diagnostics;
    // such files are read again the next time. Throws Error when the tenants' folder cannot be read.
    Index(const Gateway& gateway, std::string path, Diagnostics& diagnostics);
    // The same of files that were read and checked already: none is read again.
    Index(const Config& config, std::string path);
    // What the file says, whether that is still so or not: for removed() alone.
    Index(const Gateway& gateway, std::string path);

    // Reports each claim of the tenant that another tenant holds.
    void check(const Tenant& tenant, Diagnostics& diagnostics) const;

    size_t size() const { return records_.size(); }
    size_t files_read() const { return files_read_; }

    // Keeps the index for the next run, if it changed. Throws Error.
    void save();

    // The caller has just written, or removed, this tenant's file, and nothing else in the folder: the next
    // run need not look at the others. Their cost does not depend on the number of tenants. Throw Error.
    void written(const Tenant& tenant);
    void removed(std::string_view name);

  private:
    void load();
    void refresh(const Gateway& gateway, Diagnostics& diagnostics, const Config* loaded);
    void keep(std::string record);
    void follow(const std::string& entry);

    IndexFile file_;
    FileName folder_;
    std::string stamp_;                      // of gateway.toml: its path and status
    std::string folder_status_;              // as it was before the files were looked at
    std::deque<std::string> fresh_;          // records made by this run
    std::vector<std::string_view> records_;  // one a tenant, of the file or of fresh_
    size_t files_read_ = 0;
    bool current_ = false;  // the folder is as the file says
    bool changed_ = false;  // against the file
    bool complete_ = true;  // every file has a record that fits it
};

// load_tenant() or read_and_check(), and index.check(): everything that check would say of this tenant.
struct Candidate {
    Tenant tenant;
    Diagnostics diagnostics;
};
Candidate check_against(const Index& index, const Gateway& gateway, const std::string& name,
                        std::string_view text);

}  // namespace nvi::tenants
