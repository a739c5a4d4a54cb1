// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel has of our table. A dump is many messages, and others may change the ruleset in
// between: the generation before and after tells.
#include "nft/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "nft/describe.hpp"
#include "nft/elements.hpp"
#include "nft/flowtable.hpp"
#include "nft/frame.hpp"
#include "nft/messages.hpp"
#include "nft/netfilter.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

using netlink::Kind;
using netlink::MessageView;
using netlink::Policy;
using netlink::Socket;

constexpr Policy kGeneration{{NFTA_GEN_ID, Kind::be32}};

bool ours(uint32_t family, const char* table) {
    return family == NFPROTO_INET && table != nullptr && std::string_view(table) == kTable;
}

void list(Socket& socket, netlink::Message& request, const std::string& what,
          const std::function<void(const MessageView&)>& each, const std::function<void()>& again) {
    try {
        netlink::dump(socket, request, each, again);
    } catch (Error& error) {
        throw error.within("nf_tables: list " + what);
    }
}

// Appends to `objects` those of the dump that are of our table.
template <typename Handle, typename Object>
void collect(Socket& socket, const char* what, unsigned message, uint16_t table, Object* (*make)(),
             int (*parse)(const nlmsghdr*, Object*), bool (*wanted)(Object*), std::vector<Handle>& objects) {
    netlink::Message request = question(message, table);
    list(
        socket, request, what,
        [&](const MessageView& view) {
            auto handle = own<Handle>(make());
            if (parse(&view.header(), handle.get()) < 0) throw Error::system("read one", EBADMSG);
            if (wanted(handle.get())) objects.push_back(std::move(handle));
        },
        [&] { objects.clear(); });
}

// The table alone: null when there is none.
TableHandle observe_table(Socket& socket) {
    TableHandle table;
    netlink::Message request = question(NFT_MSG_GETTABLE, NFTA_TABLE_NAME);
    const auto answer = netlink::ask(socket, request, [&](const MessageView& view) {
        table = own<TableHandle>(nftnl_table_alloc());
        if (nftnl_table_nlmsg_parse(&view.header(), table.get()) < 0) {
            throw Error::system("nf_tables: table", EBADMSG);
        }
    });
    if (answer.code == ENOENT) return nullptr;
    if (answer.code != 0) throw Error::system("nf_tables: table", answer.code, answer.words);
    if (table == nullptr) throw Error::system("nf_tables: table", EBADMSG);
    uint32_t length = 0;
    const void* data = nftnl_table_get_data(table.get(), NFTNL_TABLE_USERDATA, &length);
    if (comment_in(data, length) != kMark) {
        throw Error(
            fmt::format("nft table inet {} is there already and was not made by the gateway: rename it or "
                        "delete it",
                        kTable),
            EEXIST);
    }
    return table;
}

void collect_counters(Socket& socket, std::vector<ObjectHandle>& to) {
    collect<ObjectHandle, nftnl_obj>(
        socket, "counters", NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, nftnl_obj_alloc, nftnl_obj_nlmsg_parse,
        [](nftnl_obj* object) {
            return ours(nftnl_obj_get_u32(object, NFTNL_OBJ_FAMILY),
                        nftnl_obj_get_str(object, NFTNL_OBJ_TABLE));
        },
        to);
}

std::vector<std::string> frame_lines(Socket& socket) {
    FrameObjects objects;
    objects.table = observe_table(socket);
    if (!objects.table) return {};
    collect<SetHandle, nftnl_set>(
        socket, "sets", NFT_MSG_GETSET, NFTA_SET_TABLE, nftnl_set_alloc, nftnl_set_nlmsg_parse,
        [](nftnl_set* set) {
            return ours(nftnl_set_get_u32(set, NFTNL_SET_FAMILY), nftnl_set_get_str(set, NFTNL_SET_TABLE));
        },
        objects.sets);
    collect_counters(socket, objects.counters);
    collect<ChainHandle, nftnl_chain>(
        socket, "chains", NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, nftnl_chain_alloc, nftnl_chain_nlmsg_parse,
        [](nftnl_chain* chain) {
            return ours(nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY),
                        nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE));
        },
        objects.chains);
    collect<RuleHandle, nftnl_rule>(
        socket, "rules", NFT_MSG_GETRULE, NFTA_RULE_TABLE, nftnl_rule_alloc, nftnl_rule_nlmsg_parse,
        [](nftnl_rule* rule) {
            return ours(nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY),
                        nftnl_rule_get_str(rule, NFTNL_RULE_TABLE));
        },
        objects.rules);
    return describe(objects);
}

void collect_elements(Socket& socket, const std::string& set, std::vector<Element>& to) {
    netlink::Message request = element_question(set);
    const size_t before = to.size();
    list(
        socket, request, "elements of " + set,
        [&](const MessageView& view) {
            elements(view, [&](Element&& element, size_t) { to.push_back(std::move(element)); });
        },
        [&] { to.resize(before); });
}

bool offloads(const std::string& digest) {
    return digest == frame_digest({.offload = true});
}
bool known(const std::string& digest) {
    return digest == frame_digest() || offloads(digest);
}

// The devices that may be in the flowtable: those in our sets, and nvi0.
std::vector<std::string> candidates(const Ruleset& ruleset) {
    std::vector<std::string> devices{"nvi0"};
    for (const auto& element : ruleset.elements) {
        if (element.set != "zones" && element.set != "outside") continue;
        const auto* name = reinterpret_cast<const char*>(element.key.data());
        devices.emplace_back(name, strnlen(name, element.key.size()));
    }
    return devices;
}

// Runs look() until no change of the ruleset fell into it; its generation.
uint32_t steady(Socket& socket, const std::function<void()>& look) {
    for (int attempt = 0; attempt < netlink::kAttempts; ++attempt) {
        const uint32_t before = generation(socket);
        try {
            look();
        } catch (const Error& error) {
            // A set or the table went away under our hands: only then is a failure no failure.
            if (error.code() != ENOENT || generation(socket) == before) throw;
            continue;
        }
        if (generation(socket) == before) return before;
    }
    throw Error::system("nf_tables: somebody changes the ruleset all the time", EBUSY);
}

}  // namespace

uint32_t generation(Socket& socket) {
    nfgenmsg head{};
    head.nfgen_family = NFPROTO_UNSPEC;
    head.version = NFNETLINK_V0;
    netlink::Message request(message_type(NFT_MSG_GETGEN), 0, head, kGeneration);
    std::optional<uint32_t> id;
    const auto answer = netlink::ask(socket, request, [&](const MessageView& view) {
        id = view.attributes<nfgenmsg>(kGeneration).be32(NFTA_GEN_ID);
    });
    if (answer.code != 0) throw Error::system("nf_tables: generation", answer.code, answer.words);
    if (!id) throw Error::system("nf_tables: generation", EBADMSG);
    return *id;
}

Observed observe(Socket& socket, const std::vector<std::string>& flow_devices) {
    Observed observed;
    observed.generation = steady(socket, [&] {
        observed.ruleset = {};
        observed.ruleset.frame = digest(frame_lines(socket));
        if (observed.ruleset.frame.empty()) return;
        // Under another frame the sets may be others, and are all replaced.
        if (!known(observed.ruleset.frame)) return;
        for (const auto& set : sets()) collect_elements(socket, set.name, observed.ruleset.elements);
        if (!offloads(observed.ruleset.frame)) return;
        auto listed = listed_flow_devices(socket);
        if (!listed) listed = hooked_flow_devices(socket, candidates(observed.ruleset), flow_devices);
        observed.ruleset.flow_devices_known = listed.has_value();
        if (listed) observed.ruleset.flow_devices = std::move(*listed);
    });
    std::ranges::sort(observed.ruleset.elements, {}, &Element::sort_key);
    std::ranges::sort(observed.ruleset.flow_devices);
    return observed;
}

Observed observe_elements(Socket& socket, const std::vector<Element>& wanted,
                          const std::vector<std::string>& flow_devices) {
    Observed observed;
    auto& found = observed.ruleset.elements;
    observed.generation = steady(socket, [&] {
        observed.ruleset = {};
        observed.ruleset.frame = digest(frame_lines(socket));
        if (!known(observed.ruleset.frame)) return;
        if (offloads(observed.ruleset.frame)) {
            auto devices = hooked_flow_devices(socket, flow_devices, flow_devices);
            // A list is one message at most.
            if (!devices) devices = listed_flow_devices(socket, flow_devices);
            observed.ruleset.flow_devices_known = devices.has_value();
            if (devices) observed.ruleset.flow_devices = std::move(*devices);
        }
        // An interval set answers with whatever covers the key.
        netlink::Pipeline pipeline(socket, [&](size_t index, const MessageView& view) {
            elements(view, [&](Element&& element, size_t) {
                if (element.sort_key() == wanted[index].sort_key()) found.push_back(std::move(element));
            });
        });
        constexpr size_t kReply = 512;  // bytes, with what the kernel's buffer costs
        for (size_t i = 0; i < wanted.size(); ++i) pipeline.submit(element_question(wanted[i]), i, kReply);
        for (const auto& failure : pipeline.flush()) {
            if (failure.code == ENOENT) continue;
            throw Error::system("nf_tables: element " + text(wanted[failure.operation]), failure.code,
                                failure.words);
        }
    });
    // Who asks for what was and for what shall be asks twice for one key.
    std::ranges::sort(found, {}, &Element::sort_key);
    // Not std::ranges::unique(): clang 14 cannot compile its result.
    found.erase(std::unique(found.begin(), found.end(),
                            [](const Element& one, const Element& other) {
                                return one.sort_key() == other.sort_key();
                            }),
                found.end());
    std::ranges::sort(observed.ruleset.flow_devices);
    return observed;
}

std::vector<std::string> observe_frame(Socket& socket) {
    std::vector<std::string> lines;
    steady(socket, [&] { lines = frame_lines(socket); });
    return lines;
}

std::map<std::string, Counter> counters(Socket& socket) {
    std::vector<ObjectHandle> objects;
    collect_counters(socket, objects);
    std::map<std::string, Counter> result;
    for (const auto& object : objects) {
        if (nftnl_obj_get_u32(object.get(), NFTNL_OBJ_TYPE) != NFT_OBJECT_COUNTER) continue;
        result[nftnl_obj_get_str(object.get(), NFTNL_OBJ_NAME)] = {
            nftnl_obj_get_u64(object.get(), NFTNL_OBJ_CTR_PKTS),
            nftnl_obj_get_u64(object.get(), NFTNL_OBJ_CTR_BYTES)};
    }
    return result;
}

}  // namespace nvi::nft
