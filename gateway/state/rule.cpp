// SPDX-License-Identifier: GPL-2.0-or-later
// Policy rules as rtnetlink messages.
#include "gateway/state/rule.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "gateway/state/decode.hpp"

namespace nvi::state {
namespace {

using netlink::Kind;
using netlink::Message;

constexpr netlink::Policy kRule{
    {FRA_PRIORITY, Kind::u32}, {FRA_TABLE, Kind::u32},         {FRA_L3MDEV, Kind::u8},
    {FRA_PROTOCOL, Kind::u8},  {FRA_SRC, Kind::bytes},         {FRA_DST, Kind::bytes},
    {FRA_IIFNAME, Kind::text}, {FRA_OIFNAME, Kind::text},      {FRA_FWMARK, Kind::u32},
    {FRA_FWMASK, Kind::u32},   {FRA_TUN_ID, Kind::be64},       {FRA_UID_RANGE, Kind::bytes},
    {FRA_IP_PROTO, Kind::u8},  {FRA_SPORT_RANGE, Kind::bytes}, {FRA_DPORT_RANGE, Kind::bytes},
};

// What makes a rule one for some packets only. FRA_FWMARK is there only when it is set.
constexpr uint16_t kSelectors[] = {FRA_SRC,         FRA_DST,         FRA_IIFNAME,   FRA_OIFNAME,
                                   FRA_FWMARK,      FRA_FWMASK,      FRA_UID_RANGE, FRA_IP_PROTO,
                                   FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_TUN_ID};

fib_rule_hdr header(const Rule& rule) {
    fib_rule_hdr head{};
    head.family = static_cast<uint8_t>(af(rule.family));
    head.table = static_cast<uint8_t>(rule.table < 256 ? rule.table : RT_TABLE_UNSPEC);
    return head;
}

void put_rest(Message& message, const Rule& rule) {
    message.put_u32(FRA_PRIORITY, rule.priority);
    if (rule.table >= 256) message.put_u32(FRA_TABLE, rule.table);
    if (rule.l3mdev) message.put_u8(FRA_L3MDEV, 1);
}

}  // namespace

Message add(const Rule& rule) {
    fib_rule_hdr head = header(rule);
    head.action = FR_ACT_TO_TBL;
    Message message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, head, kRule);
    put_rest(message, rule);
    message.put_u8(FRA_PROTOCOL, rule.foreign ? RTPROT_KERNEL : kProtocol);
    return message;
}

Message remove(const Rule& rule) {
    Message message(RTM_DELRULE, 0, header(rule), kRule);
    put_rest(message, rule);
    if (!rule.foreign) message.put_u8(FRA_PROTOCOL, kProtocol);
    return message;
}

Message get_rules(Family family) {
    fib_rule_hdr head{};
    head.family = static_cast<uint8_t>(af(family));
    return Message(RTM_GETRULE, 0, head, kRule);
}

std::optional<Rule> decode_rule(const netlink::MessageView& message) {
    const auto head = message.family<fib_rule_hdr>();
    const auto family = family_of(head.family);
    if (message.type() != RTM_NEWRULE || !family) return std::nullopt;
    const auto attributes = message.attributes<fib_rule_hdr>(kRule);
    Rule rule;
    rule.family = *family;
    rule.priority = attributes.u32(FRA_PRIORITY).value_or(0);
    rule.l3mdev = attributes.u8(FRA_L3MDEV).value_or(0) != 0;
    if (!rule.l3mdev) rule.table = attributes.u32(FRA_TABLE).value_or(head.table);
    rule.foreign = attributes.u8(FRA_PROTOCOL) != kProtocol;
    if (!rule.foreign) return rule;
    const bool narrowed =
        head.action != FR_ACT_TO_TBL || head.tos != 0 || (head.flags & FIB_RULE_INVERT) != 0 ||
        std::ranges::any_of(kSelectors, [&](uint16_t type) { return attributes.has(type); });
    if (narrowed || (!rule.l3mdev && rule.table != kLocalTable)) return std::nullopt;
    return rule;
}

}  // namespace nvi::state
