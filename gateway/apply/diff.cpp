// SPDX-License-Identifier: GPL-2.0-or-later
// The difference between two states.
#include "gateway/apply/diff.hpp"

namespace nvi::apply {

namespace {

// A walk over two vectors sorted by the same key.
template <typename T, typename Key>
Changes<T> walk(const std::vector<T>& current, const std::vector<T>& desired, Key key) {
    Changes<T> changes;
    auto have = current.begin();
    auto want = desired.begin();
    while (have != current.end() || want != desired.end()) {
        if (want == desired.end() || (have != current.end() && key(*have) < key(*want))) {
            changes.push_back({&*have++, nullptr});
        } else if (have == current.end() || key(*want) < key(*have)) {
            changes.push_back({nullptr, &*want++});
        } else {
            if (*have != *want) changes.push_back({&*have, &*want});
            ++have;
            ++want;
        }
    }
    return changes;
}

template <typename T>
Changes<T> walk(const std::vector<T>& current, const std::vector<T>& desired) {
    return walk(current, desired, [](const T& object) { return object.key(); });
}

FrameChange frame_change(const nft::Ruleset& current, const nft::Ruleset& desired) {
    if (current.frame == desired.frame) return FrameChange::none;
    if (current.frame.empty()) return FrameChange::add;
    return desired.frame.empty() ? FrameChange::remove : FrameChange::replace;
}

}  // namespace

void compare(const nft::Ruleset& current, const nft::Ruleset& desired, Diff& diff) {
    diff.frame = frame_change(current, desired);
    diff.elements = walk(current.elements, desired.elements,
                         [](const nft::Element& element) { return element.sort_key(); });
    if (!current.flow_devices_known) return;
    diff.flow_devices = walk(current.flow_devices, desired.flow_devices,
                             [](const std::string& name) -> const std::string& { return name; });
}

Diff diff(const state::State& current, const state::State& desired) {
    Diff diff;
    diff.sysctls = walk(current.sysctls, desired.sysctls);
    // A sysctl is never absent: one that nothing is said about stays as it is.
    std::erase_if(diff.sysctls, [](const auto& change) { return change.after == nullptr; });
    diff.rules = walk(current.rules, desired.rules);
    // A rule of somebody else's is not ours to delete. But the kernel's own of the local table is moved. The
    // l3mdev rule stays when the last tenant goes, whoever made it: VRFs of others may have come since; where
    // nothing of ours is to be left, it goes too.
    const bool leaving = desired.links.empty();
    std::erase_if(diff.rules, [&](const auto& change) {
        if (change.after != nullptr) return false;
        if (change.before->l3mdev) return !leaving;
        const bool moved = change.before->table == state::kLocalTable && change.before->priority == 0;
        return change.before->foreign && !moved;
    });
    diff.links = walk(current.links, desired.links);
    // What is left to the kernel's choice is no difference.
    std::erase_if(diff.links, [](const auto& change) {
        return change.action() == Action::change && change.before->satisfies(*change.after);
    });
    diff.addresses = walk(current.addresses, desired.addresses);
    diff.routes = walk(current.routes, desired.routes);
    diff.neighbours = walk(current.neighbours, desired.neighbours);
    diff.services = walk(current.services, desired.services);
    diff.programs = walk(current.programs, desired.programs);
    diff.steerings = walk(current.steerings, desired.steerings);
    diff.destinations = walk(current.destinations, desired.destinations);
    diff.filters = walk(current.filters, desired.filters);
    // They go with the last device that enters their block.
    std::erase_if(diff.filters, [](const auto& change) { return change.after == nullptr; });
    compare(current.nft, desired.nft, diff);
    return diff;
}

size_t Diff::size() const {
    return sysctls.size() + rules.size() + links.size() + addresses.size() + routes.size() +
           neighbours.size() + services.size() + programs.size() + steerings.size() + destinations.size() +
           filters.size() + elements.size() + flow_devices.size() + (frame == FrameChange::none ? 0 : 1);
}

}  // namespace nvi::apply
