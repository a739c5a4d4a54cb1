// SPDX-License-Identifier: GPL-2.0-or-later
// Sorting and searching prefixes. Two prefixes are either disjoint or one contains the other.
#include "tenants/prefix_set.hpp"

#include <algorithm>

namespace nvi::tenants {

PrefixSet::PrefixSet(const std::vector<At<Prefix>>& prefixes) {
    std::vector<const At<Prefix>*> sorted;
    sorted.reserve(prefixes.size());
    for (const auto& prefix : prefixes) sorted.push_back(&prefix);
    // Of two with the same first address the shorter length, which contains the other, comes first.
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        const auto first = a->value.first() <=> b->value.first();
        return first != 0 ? first < 0 : a->value.length() < b->value.length();
    });
    for (const auto* prefix : sorted) {
        if (!outermost_.empty() && outermost_.back()->value.contains(prefix->value)) {
            const auto* outer = outermost_.back();
            // They are items of one vector: their addresses tell which stands first.
            overlaps_.push_back({std::max(prefix, outer), std::min(prefix, outer)});
        } else {
            outermost_.push_back(prefix);
        }
    }
}

const At<Prefix>* PrefixSet::find(const Address& address) const {
    const auto after = std::upper_bound(
        outermost_.begin(), outermost_.end(), address,
        [](const Address& wanted, const auto* prefix) { return wanted < prefix->value.first(); });
    if (after == outermost_.begin()) return nullptr;
    const auto* candidate = *std::prev(after);
    return candidate->value.contains(address) ? candidate : nullptr;
}

const At<Prefix>* PrefixSet::find(const Prefix& prefix) const {
    const auto* outer = find(prefix.first());
    return outer != nullptr && outer->value.contains(prefix) ? outer : nullptr;
}

}  // namespace nvi::tenants
