// SPDX-License-Identifier: GPL-2.0-or-later
// Which devices are in our flowtable.
#include "nft/flowtable.hpp"

#include <linux/netfilter/nfnetlink_hook.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "nft/handles.hpp"
#include "nft/messages.hpp"
#include "nft/netfilter.hpp"

namespace nvi::nft {

namespace {

using netlink::Kind;
using netlink::MessageView;
using netlink::Policy;

constexpr uint8_t kHookSubsystem = 12;  // NFNL_SUBSYS_HOOK
constexpr Policy kHook{
    {NFNLA_HOOK_HOOKNUM, Kind::be32}, {NFNLA_HOOK_DEV, Kind::text}, {NFNLA_HOOK_FUNCTION_NAME, Kind::text}};

constexpr size_t kHooksReply = size_t{32} * 1024;  // bytes: of a dump, the kernel's buffer whatever is in it

netlink::Message get_hooks(const std::string& device) {
    nfgenmsg head{};
    head.nfgen_family = NFPROTO_NETDEV;
    head.version = NFNETLINK_V0;
    netlink::Message request(kHookSubsystem << 8 | NFNL_MSG_HOOK_GET, NLM_F_DUMP, head, kHook);
    request.put_text(NFNLA_HOOK_DEV, device);
    request.put_be32(NFNLA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
    return request;
}

// Empty: the kernel does not know the question.
std::optional<bool> hooked(netlink::Socket& socket, const std::string& device) {
    netlink::Message request = get_hooks(device);
    bool found = false;
    const auto each = [&](const MessageView& view) {
        // nf_flow_offload_inet_hook and its likes.
        const auto function = view.attributes<nfgenmsg>(kHook).text(NFNLA_HOOK_FUNCTION_NAME);
        found = found || (function && function->starts_with("nf_flow_offload"));
    };
    try {
        netlink::dump(socket, request, each, [&] { found = false; });
    } catch (Error& error) {
        if (error.code() == ENODEV) return false;
        if (error.code() == EINVAL) return std::nullopt;  // nfnetlink without this subsystem
        throw error.within("nf_tables: hooks of " + device);
    }
    return found;
}

// Those of the devices that may have a hook, of many that are believed to have none, with few datagrams.
// Empty as above. The kernel answers a dump that has nothing to tell at once, and then takes the next; one
// that has, is not over before its answer is read, and those behind it in the datagram get EBUSY
// (__netlink_dump_start()).
std::optional<std::vector<std::string>> perhaps_hooked(netlink::Socket& socket,
                                                       const std::vector<std::string>& devices) {
    if (devices.empty()) return devices;
    std::vector<bool> perhaps(devices.size());
    netlink::Pipeline pipeline(socket, [&](size_t device, const MessageView&) { perhaps[device] = true; });
    for (size_t i = 0; i < devices.size(); ++i) pipeline.submit(get_hooks(devices[i]), i, kHooksReply);
    for (const auto& failure : pipeline.flush()) {
        if (failure.code == EINVAL) return std::nullopt;
        if (failure.code != ENODEV) perhaps[failure.operation] = true;
    }
    socket.drain();  // the end of a dump that came behind the last answer
    std::vector<std::string> found;
    for (size_t i = 0; i < devices.size(); ++i) {
        if (perhaps[i]) found.push_back(devices[i]);
    }
    return found;
}

}  // namespace

std::optional<std::vector<std::string>> listed_flow_devices(netlink::Socket& socket) {
    std::optional<std::vector<std::string>> devices;
    netlink::Message request = question(NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE);
    netlink::dump(
        socket, request,
        [&](const MessageView& view) {
            const auto flowtable = own<FlowtableHandle>(nftnl_flowtable_alloc());
            if (nftnl_flowtable_nlmsg_parse(&view.header(), flowtable.get()) < 0) {
                throw Error::system("nf_tables: flowtable", EBADMSG);
            }
            const auto is = [&](uint16_t attribute, std::string_view wanted) {
                const char* text = nftnl_flowtable_get_str(flowtable.get(), attribute);
                return text != nullptr && text == wanted;
            };
            if (nftnl_flowtable_get_u32(flowtable.get(), NFTNL_FLOWTABLE_FAMILY) != NFPROTO_INET ||
                !is(NFTNL_FLOWTABLE_TABLE, kTable) || !is(NFTNL_FLOWTABLE_NAME, kFlowtable)) {
                return;
            }
            devices.emplace();
            const char* const* name = nftnl_flowtable_get_array(flowtable.get(), NFTNL_FLOWTABLE_DEVICES);
            for (; name != nullptr && *name != nullptr; ++name) devices->emplace_back(*name);
        },
        [&] { devices.reset(); });
    return devices;
}

std::optional<std::vector<std::string>> listed_flow_devices(netlink::Socket& socket,
                                                            const std::vector<std::string>& candidates) {
    auto devices = listed_flow_devices(socket);
    if (devices) {
        std::erase_if(*devices, [&](const std::string& device) {
            return std::ranges::find(candidates, device) == candidates.end();
        });
    }
    return devices;
}

std::optional<std::vector<std::string>> hooked_flow_devices(netlink::Socket& socket,
                                                            const std::vector<std::string>& candidates,
                                                            const std::vector<std::string>& likely) {
    std::vector<std::string> asked;
    std::vector<std::string> unlikely;
    for (const auto& device : candidates)
        (std::ranges::binary_search(likely, device) ? asked : unlikely).push_back(device);
    const auto perhaps = perhaps_hooked(socket, unlikely);
    if (!perhaps) return std::nullopt;
    asked.insert(asked.end(), perhaps->begin(), perhaps->end());
    std::vector<std::string> devices;
    for (const auto& device : asked) {
        const auto answer = hooked(socket, device);
        if (!answer) return std::nullopt;
        if (*answer) devices.push_back(device);
    }
    std::ranges::sort(devices);
    return devices;
}

}  // namespace nvi::nft
