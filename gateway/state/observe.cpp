// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has.
#include "gateway/state/observe.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <unordered_map>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/interface_address.hpp"
#include "gateway/state/kind.hpp"
#include "gateway/state/link.hpp"
#include "gateway/state/names.hpp"
#include "gateway/state/neighbour.hpp"
#include "gateway/state/route.hpp"
#include "gateway/state/rule.hpp"
#include "gateway/state/sysctl.hpp"
#include "gateway/state/traffic_control.hpp"
#include "gateway/state/vni.hpp"

namespace nvi::state {
namespace {

using netlink::Message;
using netlink::MessageView;
using netlink::Socket;

constexpr Family kFamilies[] = {Family::v4, Family::v6};

// Appends what decode makes of a dump, of `what`. EAFNOSUPPORT, EOPNOTSUPP: a kernel without IPv6 has
// nothing. `absent`: a code that says that there is nothing to dump.
template <typename T, typename Decode>
void collect(Socket& socket, const char* what, Message request, std::vector<T>& into, Decode decode,
             int absent = 0) {
    try {
        auto values = netlink::dump<T>(socket, request, decode);
        if (into.empty()) {
            into = std::move(values);
        } else {
            std::ranges::move(values, std::back_inserter(into));
        }
    } catch (Error& error) {
        const int code = error.code();
        if (code == EAFNOSUPPORT || code == EOPNOTSUPP || (absent != 0 && code == absent)) return;
        throw error.within(std::string("list ") + what);
    }
}

void list_links(Socket& socket, const std::function<void(const MessageView&)>& each,
                const std::function<void()>& again) {
    Message request = get_links();
    try {
        netlink::dump(socket, request, each, again);
    } catch (Error& error) {
        throw error.within("list links");
    }
}

class Links {
  public:
    void take(const MessageView& message, Interfaces& interfaces) {
        const auto identity = link_identity(message);
        interfaces.learn(identity.name, identity.index);
        auto decoded = decode_link(message, rp_filter_all_);
        if (auto* ours = std::get_if<ObservedLink>(&decoded)) ours_.push_back(std::move(*ours));
        if (auto* foreign = std::get_if<ForeignLink>(&decoded)) foreign_.push_back(std::move(*foreign));
    }
    void clear() {
        ours_.clear();
        foreign_.clear();
    }
    const std::vector<ObservedLink>& ours() const { return ours_; }
    // When every device is known: a master may be listed behind its ports. `in_block`: indices, sorted.
    void move_to(State& state, Interfaces& interfaces, const std::vector<uint32_t>& in_block) {
        for (ObservedLink& observed : ours_) {
            observed.link.drop_metadata = std::ranges::binary_search(in_block, observed.index);
            if (observed.lower != 0) {
                *lower_device(observed.link.kind) = interfaces.name(observed.lower).value_or("");
            }
            if (observed.master != 0) observed.link.master = interfaces.name(observed.master).value_or("");
            state.links.push_back(std::move(observed.link));
        }
        state.foreign = std::move(foreign_);
    }

  private:
    uint32_t rp_filter_all_ = rp_filter_all();
    std::vector<ObservedLink> ours_;
    std::vector<ForeignLink> foreign_;
};

// What the links' own dump does not tell.
void collect_vnis(Socket& socket, State& state, Interfaces& interfaces) {
    std::vector<Link*> vxlans;
    for (Link& link : state.links) {
        if (std::holds_alternative<VxlanLink>(link.kind)) vxlans.push_back(&link);
    }
    if (vxlans.empty()) return;
    // ENODEV: deleted since.
    std::vector<ObservedVni> observed;
    collect(socket, "VNIs", get_vnis(vxlans.size() == 1 ? interfaces.index(vxlans.front()->name) : 0),
            observed, decode_vni, ENODEV);
    std::unordered_map<uint32_t, uint32_t> by_index;
    for (const ObservedVni& each : observed) {
        // A device's filter may come in several messages.
        const auto [found, is_new] = by_index.try_emplace(each.index, each.vni);
        if (!is_new) found->second = 0;
    }
    for (Link* link : vxlans) {
        const auto found = by_index.find(interfaces.index(link->name));
        if (found != by_index.end()) std::get<VxlanLink>(link->kind).vni = found->second;
    }
}

void collect_common(Socket& socket, State& state, std::span<const std::string> sysctls) {
    for (const Family family : kFamilies)
        collect(socket, "rules", get_rules(family), state.rules, decode_rule);
    for (const std::string& path : sysctls) {
        if (auto value = read_sysctl(path)) state.sysctls.push_back({path, std::move(*value)});
    }
    // EINVAL: a kernel without traffic control, or without that block.
    collect(socket, "filters", get_filters(), state.filters, decode_filter, EINVAL);
}

}  // namespace

State observe(Socket& socket, Interfaces& interfaces, std::span<const std::string> sysctls) {
    State state;
    Links links;
    interfaces.clear();
    list_links(
        socket, [&](const MessageView& message) { links.take(message, interfaces); },
        [&] {
            links.clear();
            interfaces.clear();
        });
    std::vector<uint32_t> in_block;
    collect(socket, "queueing disciplines", get_queues(), in_block, decode_queue);
    std::ranges::sort(in_block);
    links.move_to(state, interfaces, in_block);
    collect_vnis(socket, state, interfaces);
    const auto address = [&](const MessageView& message) { return decode_address(message, interfaces); };
    const auto route = [&](const MessageView& message) { return decode_route(message, interfaces); };
    const auto neighbour = [&](const MessageView& message) { return decode_neighbour(message, interfaces); };
    for (const Family family : kFamilies) {
        collect(socket, "addresses", get_addresses(family), state.addresses, address);
        collect(socket, "routes", get_routes(family), state.routes, route);
        collect(socket, "neighbours", get_neighbours(family), state.neighbours, neighbour);
    }
    collect_common(socket, state, sysctls);
    state.sort();
    return state;
}

State observe_tenant(Socket& socket, Interfaces& interfaces, std::span<const std::string> sysctls,
                     TenantId tenant, std::span<const Prefix> publics, std::span<const Neighbour> shared) {
    State state;
    Links links;
    {
        netlink::Pipeline pipeline(
            socket, [&](size_t, const MessageView& message) { links.take(message, interfaces); });
        for (const DeviceKind* kind : kinds()) {
            const std::string name = kind->single ? kind->prefix : kind->prefix + std::to_string(tenant);
            interfaces.forget(name);
            pipeline.submit(get_link(name), 0, kLinkReply);
        }
        for (const auto& failure : pipeline.flush()) {
            if (failure.code != ENODEV) throw Error::system("observe links", failure.code, failure.words);
        }
    }
    std::vector<uint32_t> in_block;
    for (const ObservedLink& observed : links.ours()) {
        if (observed.master == 0) continue;
        Message request = get_queue(observed.index);
        // ENOENT: it has none.
        netlink::ask(socket, request, [&](const MessageView& message) {
            if (const auto index = decode_queue(message)) in_block.push_back(*index);
        });
    }
    std::ranges::sort(in_block);
    links.move_to(state, interfaces, in_block);
    collect_vnis(socket, state, interfaces);

    const auto address = [&](const MessageView& message) { return decode_address(message, interfaces); };
    const auto route = [&](const MessageView& message) { return decode_route(message, interfaces); };
    const auto neighbour = [&](const MessageView& message) { return decode_neighbour(message, interfaces); };
    for (const Family family : kFamilies) {
        collect(socket, "routes", get_routes(family, tenant), state.routes, route, ENOENT);
        for (const Link& link : state.links) {
            if (link.tenant != tenant) continue;
            // ENODEV: deleted since.
            collect(socket, "addresses", get_addresses(family, interfaces.index(link.name)), state.addresses,
                    address, ENODEV);
            collect(socket, "neighbours", get_neighbours(family, interfaces.index(link.name)),
                    state.neighbours, neighbour, ENODEV);
        }
    }
    for (const Prefix& prefix : publics) {
        Message request = get_route(prefix);
        netlink::ask(socket, request, [&](const MessageView& message) {
            auto found = decode_route(message, interfaces);
            if (found && is_outside(found->table) && found->destination == prefix.network() &&
                found->type != RouteType::unreachable) {
                state.routes.push_back(std::move(*found));
            }
        });
    }
    for (const Neighbour& each : shared) {
        // A device that is not there has none.
        if (std::ranges::find(state.links, each.device, &Link::name) == state.links.end()) continue;
        Message request = get_neighbour(each, interfaces);
        netlink::ask(socket, request, [&](const MessageView& message) {
            if (auto found = neighbour(message)) state.neighbours.push_back(std::move(*found));
        });
    }
    collect_common(socket, state, sysctls);
    state.sort();
    return state;
}

std::vector<Route> observe_unreachables(Socket& socket, Interfaces& interfaces) {
    std::vector<Route> routes;
    const auto route = [&](const MessageView& message) { return decode_route(message, interfaces); };
    for (const Family family : kFamilies) collect(socket, "routes", get_unreachables(family), routes, route);
    return routes;
}

bool other_vrfs(Socket& socket) {
    bool found = false;
    list_links(
        socket, [&](const MessageView& message) { found = found || is_other_vrf(message); },
        [&] { found = false; });
    return found;
}

}  // namespace nvi::state
