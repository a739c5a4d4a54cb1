// SPDX-License-Identifier: GPL-2.0-or-later
// tc's part, as rtnetlink messages.
#include "gateway/state/traffic_control.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_tunnel_key.h>

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;
using netlink::Policy;

constexpr const char* kClassifier = "matchall";
constexpr const char* kAction = "tunnel_key";

constexpr Policy kQueue{{TCA_KIND, Kind::text}, {TCA_INGRESS_BLOCK, Kind::u32}};
constexpr Policy kParameters{{TCA_TUNNEL_KEY_PARMS, Kind::bytes, nullptr, sizeof(tc_tunnel_key)}};
constexpr Policy kOneAction{{TCA_ACT_KIND, Kind::text}, {TCA_ACT_OPTIONS, Kind::nest, &kParameters}};
constexpr Policy kActions{{1, Kind::old_nest, &kOneAction}};  // in the order of their types, from 1
constexpr Policy kMatch{{TCA_MATCHALL_ACT, Kind::old_nest, &kActions}};
constexpr Policy kFilter{{TCA_KIND, Kind::text}, {TCA_OPTIONS, Kind::old_nest, &kMatch}};

tcmsg ingress(uint32_t index) {
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(index);
    head.tcm_parent = TC_H_CLSACT;
    head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    return head;
}

tcmsg block() {
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(TCM_IFINDEX_MAGIC_BLOCK);
    head.tcm_block_index = kFilterBlock;
    return head;
}

// Two filters of one preference are of one protocol.
uint32_t info(Family family) {
    const uint32_t preference = family == Family::v4 ? 1 : 2;
    return TC_H_MAKE(preference << 16, htons(family == Family::v4 ? ETH_P_IP : ETH_P_IPV6));
}

}  // namespace

Message enter_block(const Link& link, Interfaces& interfaces) {
    Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ingress(interfaces.index(link.name)), kQueue);
    message.put_text(TCA_KIND, "clsact");
    message.put_u32(TCA_INGRESS_BLOCK, kFilterBlock);
    return message;
}

Message leave_block(const Link& link, Interfaces& interfaces) {
    Message message(RTM_DELQDISC, 0, ingress(interfaces.index(link.name)), kQueue);
    message.put_text(TCA_KIND, "clsact");
    return message;
}

Message get_queues() {
    return Message(RTM_GETQDISC, 0, tcmsg{}, kQueue);
}

Message get_queue(uint32_t index) {
    // tc_get_qdisc() answers as it notifies: to who asked only with this flag.
    return Message(RTM_GETQDISC, NLM_F_ECHO, ingress(index), kQueue);
}

std::optional<uint32_t> decode_queue(const netlink::MessageView& message) {
    if (message.type() != RTM_NEWQDISC) return std::nullopt;
    const auto attributes = message.attributes<tcmsg>(kQueue);
    if (attributes.text(TCA_KIND) != "clsact" || attributes.u32(TCA_INGRESS_BLOCK) != kFilterBlock) {
        return std::nullopt;
    }
    return static_cast<uint32_t>(message.family<tcmsg>().tcm_ifindex);
}

Message add(const Filter& filter) {
    tcmsg head = block();
    head.tcm_info = info(filter.family);
    Message message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, head, kFilter);
    message.put_text(TCA_KIND, kClassifier);
    const auto options = message.nest(TCA_OPTIONS);
    const auto actions = message.nest(TCA_MATCHALL_ACT);
    const auto first = message.nest(1);
    message.put_text(TCA_ACT_KIND, kAction);
    const auto parameters = message.nest(TCA_ACT_OPTIONS);
    tc_tunnel_key drop{};
    drop.action = TC_ACT_PIPE;
    drop.t_action = TCA_TUNNEL_KEY_ACT_RELEASE;
    message.put_struct(TCA_TUNNEL_KEY_PARMS, drop);
    return message;
}

Message get_filters() {
    return Message(RTM_GETTFILTER, 0, block(), kFilter);
}

std::optional<Filter> decode_filter(const netlink::MessageView& message) {
    if (message.type() != RTM_NEWTFILTER) return std::nullopt;
    const auto attributes = message.attributes<tcmsg>(kFilter);
    // The kernel lists a filter's head first, which has no options.
    const auto options = attributes.nest(TCA_OPTIONS);
    const auto actions = options ? options->nest(TCA_MATCHALL_ACT) : std::nullopt;
    const auto action = actions ? actions->nest(1) : std::nullopt;
    if (attributes.text(TCA_KIND) != kClassifier || !action || action->text(TCA_ACT_KIND) != kAction) {
        return std::nullopt;
    }
    const uint32_t found = message.family<tcmsg>().tcm_info;
    for (const Family family : {Family::v4, Family::v6}) {
        if (found == info(family)) return Filter{family};
    }
    return std::nullopt;
}

}  // namespace nvi::state
