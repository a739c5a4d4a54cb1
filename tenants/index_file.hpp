// SPDX-License-Identifier: GPL-2.0-or-later
// The index's file: entries behind each other, each with its length and checksum. It is mapped, so that what
// ten thousand tenants claim is looked at where it lies, and a change of one tenant is appended.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nvi::tenants {

class IndexFile {
  public:
    // A file that is missing, torn or damaged anywhere has no entries.
    explicit IndexFile(std::string path);

    // Once. What they show lives as long as this does.
    std::vector<std::string_view> take_entries() { return std::move(entries_); }

    // Both throw Error. The entries that were taken stay those that were read.
    void replace(const std::vector<std::string_view>& entries) const;
    void append(const std::vector<std::string_view>& entries) const;

  private:
    struct Unmap {
        size_t bytes;
        void operator()(const void* memory) const;
    };

    std::string path_;
    std::unique_ptr<const void, Unmap> mapping_;
    std::vector<std::string_view> entries_;
};

}  // namespace nvi::tenants
