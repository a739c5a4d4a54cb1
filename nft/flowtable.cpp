// SPDX-License-Identifier: GPL-2.0-or-later
// Which devices are in our flowtable.
#include "nft/flowtable.hpp"

#include <linux/netfilter/nfnetlink_hook.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
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

// Empty: the kernel does not know the question.
std::optional<bool> hooked(netlink::Socket& socket, const std::string& device) {
    nfgenmsg head{};
    head.nfgen_family = NFPROTO_NETDEV;
    head.version = NFNETLINK_V0;
    netlink::Message request(kHookSubsystem << 8 | NFNL_MSG_HOOK_GET, 0, head, kHook);
    request.put_text(NFNLA_HOOK_DEV, device);
    request.put_be32(NFNLA_HOOK_HOOKNUM, NF_NETDEV_INGRESS);
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
                                                            const std::vector<std::string>& candidates) {
    std::vector<std::string> devices;
    for (const auto& device : candidates) {
        const auto answer = hooked(socket, device);
        if (!answer) return std::nullopt;
        if (*answer) devices.push_back(device);
    }
    return devices;
}

}  // namespace nvi::nft
