// SPDX-License-Identifier: GPL-2.0-or-later
// In which order a difference is carried out, so that a stop at any point is safe.
#pragma once

#include <variant>
#include <vector>

#include "gateway/apply/diff.hpp"

namespace nvi::apply {

// The stages, one after the other. A tenant's packet can leave only by routes of its VRF (stage
// inside), which come after its translation (translate); and reach it only by public routes
// (announce), which come last and go first (withdraw). The unreachable default of a VRF is there before
// its devices are, and until they are gone: no packet ever falls through to the main table.
enum class Stage : uint8_t {
    withdraw,   // public routes that go away
    base,       // the nvi device, sysctls, policy rules
    create,     // devices, down: first those without a master
    enslaved,   // and those with one
    l3mdev,     // the rule of VRFs, unless the VRF driver made it with the first one
    translate,  // the nft transaction
    configure,  // settings, addresses; up
    inside,     // routes in VRFs, neighbours
    announce,   // public routes
    remove,     // what goes away inside the tenants
    dismantle,  // their devices
    release,    // rules, sysctls, the nft table: when nothing uses them any more
};
inline constexpr size_t kStages = 12;
const char* stage_name(Stage stage);  // for progress: "routes of tenants"

struct Transaction {};  // all nft changes of the difference, in one

using Object = std::variant<Transaction, const state::Sysctl*, const state::Rule*, const state::Link*,
                            const state::InterfaceAddress*, const state::Route*, const state::Neighbour*,
                            const state::Service*, const state::Program*, const state::Steering*,
                            const state::Destination*, const state::Filter*>;

struct Operation {
    Stage stage{};
    Action action{};
    Object object;                     // as it shall be; as it is, for Action::remove
    const state::Link* was = nullptr;  // of a link to be changed that was there before
};

// Sorted by stage. A new device is two operations: it is made (add), and it is brought up (change).
std::vector<Operation> order(const Diff& diff);

// Whose the object is, 0 for the gateway's own; and the object as an operator would type it.
state::TenantId owner(const Operation& operation);
std::string command(const Operation& operation);

}  // namespace nvi::apply
