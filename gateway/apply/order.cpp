// SPDX-License-Identifier: GPL-2.0-or-later
// In which order a difference is carried out.
#include "gateway/apply/order.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

#include "gateway/apply/command.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/names.hpp"

namespace nvi::apply {

namespace {

using Names = std::unordered_set<std::string_view>;
// Of the devices that go away, or are made anew, which take their addresses, routes and neighbours along.
using Victims = Names;

// By what the kernel tells a tunnel from others of its kind, of which it takes no two.
state::LinkKind identity(state::LinkKind kind) {
    if (auto* vxlan = std::get_if<state::VxlanLink>(&kind)) vxlan->local = {};  // vxlan_vni_in_use()
    // GRE takes two that send by different devices; but nvi knows one of a key (kernel/tunnels.c).
    if (auto* lower = state::lower_device(kind)) lower->clear();
    return kind;
}

// Devices whose key, VNI or node another one is to have: they go before that comes, and those that stay are
// made anew, as two that exchange keys cannot be changed one after the other.
Names handed_on(const Changes<state::Link>& links) {
    std::map<state::LinkKind, std::string_view> left;
    for (const auto& change : links) {
        const bool leaves = change.before != nullptr &&
                            (change.after == nullptr || change.before->kind != change.after->kind);
        if (leaves) left.emplace(identity(change.before->kind), change.before->name);
    }
    Names names;
    if (left.empty()) return names;
    for (const auto& change : links) {
        if (change.after == nullptr) continue;
        const auto holder = left.find(identity(change.after->kind));
        if (holder != left.end() && holder->second != change.after->name) names.insert(holder->second);
    }
    return names;
}

// The kernel cannot change a device's kind, nor the table of a VRF.
bool is_remade(const state::Link& before, const state::Link& after, const Names& handed_on) {
    if (before.kind.index() != after.kind.index() || handed_on.contains(before.name)) return true;
    if (state::is_shared(before.name)) return before.kind != after.kind;
    // Nor a vxlan's port; and while its VNI changes it would take packets of both.
    if (std::holds_alternative<state::VxlanLink>(before.kind)) return before.kind != after.kind;
    const auto* vrf = std::get_if<state::VrfLink>(&before.kind);
    return vrf != nullptr && *vrf != std::get<state::VrfLink>(after.kind);
}

// Own vxlans and the shared one do not stand beside each other on a UDP port: when the latter comes or goes,
// what goes goes first.
bool exchanges_vxlan(const Changes<state::Link>& links) {
    return std::ranges::any_of(links, [](const auto& change) {
        return change.action() != Action::change &&
               std::holds_alternative<state::SharedVxlanLink>(change.object().kind);
    });
}
bool is_vxlan(const state::Link& link) {
    return std::holds_alternative<state::VxlanLink>(link.kind) ||
           std::holds_alternative<state::SharedVxlanLink>(link.kind);
}

void add_links(const Changes<state::Link>& links, const Names& handed_on, std::vector<Operation>& to) {
    const bool vxlans_first = exchanges_vxlan(links);
    for (const auto& change : links) {
        const auto* link = &change.object();
        switch (change.action()) {
            case Action::add: {
                const bool base = std::holds_alternative<state::NviLink>(link->kind);
                const Stage stage = base                   ? Stage::base
                                    : link->master.empty() ? Stage::create
                                                           : Stage::enslaved;
                to.push_back({stage, Action::add, link});
                to.push_back({Stage::configure, Action::change, link});
                break;
            }
            case Action::change:
                if (is_remade(*change.before, *change.after, handed_on)) {
                    to.push_back({Stage::withdraw, Action::remove, change.before});
                    to.push_back({link->master.empty() ? Stage::create : Stage::enslaved, Action::add, link});
                    to.push_back({Stage::configure, Action::change, link});
                } else {
                    to.push_back({Stage::configure, Action::change, link, change.before});
                }
                break;
            case Action::remove: {
                const bool first = (vxlans_first && is_vxlan(*link)) || handed_on.contains(link->name);
                to.push_back({first ? Stage::withdraw : Stage::dismantle, Action::remove, link});
                break;
            }
        }
    }
}

void add_rules(const Changes<state::Rule>& rules, std::vector<Operation>& to) {
    for (const auto& change : rules) {
        if (change.action() == Action::remove) continue;
        to.push_back({change.after->l3mdev ? Stage::l3mdev : Stage::base, Action::add, change.after});
    }
    // A table is never without its rule: the new one is there before the old one goes.
    for (const auto& change : rules) {
        if (change.action() != Action::remove) continue;
        const bool moved = change.before->table == state::kLocalTable && change.before->foreign;
        to.push_back({moved ? Stage::base : Stage::release, Action::remove, change.before});
    }
}

void add_routes(const Changes<state::Route>& routes, const Victims& victims, std::vector<Operation>& to) {
    for (const auto& change : routes) {
        const bool is_public = state::is_outside(change.object().table);
        const bool is_fallback = change.object().metric >= state::kFallbackMetric;
        if (change.action() == Action::remove) {
            if (is_fallback) {
                to.push_back({Stage::release, Action::remove, change.before});
            } else if (is_public) {
                to.push_back({Stage::withdraw, Action::remove, change.before});
            } else if (!victims.contains(change.before->device)) {
                to.push_back({Stage::remove, Action::remove, change.before});
            }
        } else {
            const Stage stage = is_fallback ? Stage::create : is_public ? Stage::announce : Stage::inside;
            to.push_back({stage, change.action(), change.after});
        }
    }
}

// A service is there before the program that looks for it, and until nobody does.
void add_services(const Diff& diff, std::vector<Operation>& to) {
    for (const auto& change : diff.programs) {
        const bool gone = change.action() == Action::remove;
        to.push_back({gone ? Stage::withdraw : Stage::announce, change.action(), &change.object()});
    }
    for (const auto& change : diff.services) {
        const bool gone = change.action() == Action::remove;
        to.push_back({gone ? Stage::withdraw : Stage::inside, change.action(), &change.object()});
    }
}

// A tenant's map is full before the program looks into it, and goes with that, entries included.
void add_destinations(const Diff& diff, std::vector<Operation>& to) {
    std::unordered_set<uint32_t> going;
    for (const auto& change : diff.steerings) {
        const bool gone = change.action() == Action::remove;
        if (gone) going.insert(change.before->tenant);
        to.push_back({gone ? Stage::remove : Stage::announce, change.action(), &change.object()});
    }
    for (const auto& change : diff.destinations) {
        const bool gone = change.action() == Action::remove;
        if (gone && going.contains(change.before->tenant)) continue;
        to.push_back({gone ? Stage::remove : Stage::inside, change.action(), &change.object()});
    }
}

template <typename T>
void add_attached(const Changes<T>& changes, const Victims& victims, Stage stage,
                  std::vector<Operation>& to) {
    for (const auto& change : changes) {
        if (change.action() == Action::remove) {
            if (victims.contains(change.before->device)) continue;
            to.push_back({Stage::remove, Action::remove, change.before});
        } else {
            to.push_back({stage, change.action(), change.after});
        }
    }
}

struct Owner {
    state::TenantId operator()(const Transaction&) const { return 0; }
    template <typename T>
    state::TenantId operator()(const T* object) const {
        if constexpr (requires { object->tenant; }) {
            return object->tenant;
        } else {
            return 0;
        }
    }
};

}  // namespace

const char* stage_name(Stage stage) {
    switch (stage) {
        case Stage::withdraw:
            return "withdrawing public addresses";
        case Stage::base:
            return "nvi device, sysctls, rules";
        case Stage::create:
            return "VRFs";
        case Stage::enslaved:
            return "tunnels";
        case Stage::l3mdev:
            return "rule of VRFs";
        case Stage::translate:
            return "nft transaction";
        case Stage::configure:
            return "devices up";
        case Stage::inside:
            return "routes of tenants";
        case Stage::announce:
            return "public addresses";
        case Stage::remove:
            return "removing objects";
        case Stage::dismantle:
            return "removing devices";
        case Stage::release:
            return "rules and sysctls back";
    }
    return "";
}

std::vector<Operation> order(const Diff& diff) {
    const auto early = handed_on(diff.links);
    Victims victims;
    for (const auto& change : diff.links) {
        const bool remade =
            change.action() == Action::change && is_remade(*change.before, *change.after, early);
        if (remade || change.action() == Action::remove) victims.insert(change.before->name);
    }
    std::vector<Operation> operations;
    add_links(diff.links, early, operations);
    // Behind nvi0 in the stage: without the module nothing is changed.
    const bool leaving = diff.frame == FrameChange::remove;
    for (const auto& change : diff.sysctls) {
        // conntrack's are there once the table has loaded it.
        const bool late = change.after->path.starts_with("net/netfilter/");
        const Stage stage = leaving ? Stage::release : late ? Stage::configure : Stage::base;
        operations.push_back({stage, Action::change, change.after});
    }
    add_rules(diff.rules, operations);
    if (leaving) {
        operations.push_back({Stage::release, Action::remove, Transaction{}});
    } else if (diff.frame != FrameChange::none || !diff.elements.empty() || !diff.flow_devices.empty()) {
        operations.push_back({Stage::translate, Action::change, Transaction{}});
    }
    add_services(diff, operations);
    add_destinations(diff, operations);
    // Behind the devices in the stage: the first that enters the block makes it.
    for (const auto& change : diff.filters) {
        operations.push_back({Stage::configure, Action::add, change.after});
    }
    add_attached(diff.addresses, victims, Stage::configure, operations);
    add_attached(diff.neighbours, victims, Stage::inside, operations);
    add_routes(diff.routes, victims, operations);
    std::ranges::stable_sort(operations, {}, &Operation::stage);
    return operations;
}

state::TenantId owner(const Operation& operation) {
    return std::visit(Owner{}, operation.object);
}

std::string command(const Operation& operation) {
    return std::visit(
        [&](const auto& object) -> std::string {
            if constexpr (std::is_same_v<std::decay_t<decltype(object)>, Transaction>) {
                return "nft transaction";
            } else {
                return command(operation.action, *object);
            }
        },
        operation.object);
}

}  // namespace nvi::apply
