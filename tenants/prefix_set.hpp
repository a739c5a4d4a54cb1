// SPDX-License-Identifier: GPL-2.0-or-later
// Prefixes that can be searched: by binary search, so that a file of 100,000 hosts stays cheap.
#pragma once

#include <vector>

#include "tenants/model.hpp"

namespace nvi::tenants {

class PrefixSet {
  public:
    explicit PrefixSet(const std::vector<At<Prefix>>& prefixes);

    // The prefix (as it was given) that contains the address or the whole other prefix, or nullptr.
    const At<Prefix>* find(const Address& address) const;
    const At<Prefix>* find(const Prefix& prefix) const;

    struct Overlap {
        const At<Prefix>* prefix;  // the one that stands later
        const At<Prefix>* earlier;
    };
    const std::vector<Overlap>& overlaps() const { return overlaps_; }

  private:
    std::vector<const At<Prefix>*> outermost_;  // disjoint, in order of their first addresses
    std::vector<Overlap> overlaps_;
};

}  // namespace nvi::tenants
