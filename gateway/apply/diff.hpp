// SPDX-License-Identifier: GPL-2.0-or-later
// The difference between two states: a pure function of two values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/state/objects.hpp"

namespace nvi::apply {

enum class Action : uint8_t { add, change, remove };

// One object that differs. Points into the two states, which must outlive it: ten thousand tenants
// are two hundred thousand objects.
template <typename T>
struct Change {
    const T* before{};  // null: to be added
    const T* after{};   // null: to be removed
    Action action() const {
        return before == nullptr ? Action::add : after == nullptr ? Action::remove : Action::change;
    }
    const T& object() const { return after != nullptr ? *after : *before; }
};

template <typename T>
using Changes = std::vector<Change<T>>;

// What is to be done with the nft frame (chains, rules, set definitions).
enum class FrameChange : uint8_t { none, add, replace, remove };

struct Diff {
    Changes<state::Sysctl> sysctls;
    Changes<state::Rule> rules;
    Changes<state::Link> links;
    Changes<state::InterfaceAddress> addresses;
    Changes<state::Route> routes;
    Changes<state::Neighbour> neighbours;
    Changes<state::Service> services;
    Changes<state::Program> programs;
    Changes<state::Steering> steerings;
    Changes<state::Destination> destinations;
    Changes<state::Filter> filters;
    Changes<nft::Element> elements;
    Changes<std::string> flow_devices;  // of the flowtable: their names
    FrameChange frame = FrameChange::none;

    bool empty() const { return size() == 0; }
    size_t size() const;  // objects that differ, the frame counting as one
};

// Diff::elements, Diff::flow_devices and Diff::frame alone. What `current` does not know of the flowtable is
// left as it was.
void compare(const nft::Ruleset& current, const nft::Ruleset& desired, Diff& diff);

// What makes `current` into `desired`. Both must be sorted.
Diff diff(const state::State& current, const state::State& desired);

}  // namespace nvi::apply
