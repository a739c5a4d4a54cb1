// SPDX-License-Identifier: GPL-2.0-or-later
// The constant part of the table, as a description: nft's text (frame_text.hpp) and the kernel's
// objects (frame_objects.hpp) are both made from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/net/address.hpp"
#include "nft/fields.hpp"

namespace nvi::nft {

// Comment on the table: what marks it as the gateway's own.
inline constexpr std::string_view kMark = "nvi-gateway";

// NFLOG group of what the firewall logs.
inline constexpr uint16_t kLogGroup = 110;

// Parts of a rule, in the order in which they are tried.
struct Compare {  // iifname != "nvi0"
    Field field;
    bool equal = true;
    uint32_t number{};  // host order
    std::string text;   // for names: the value itself; for numbers: how it is printed
};
struct AnyBit {  // @th,0,16 & 0x2000 != 0
    Field field;
    uint32_t mask{};  // host order
    std::string text;
};
struct InSet {  // ct zone . ip saddr @bound
    Layout key;
    std::string set;
    bool in = true;  // false: oifname != @outside
};
struct ConntrackState {  // ct state invalid,untracked: any of them
    uint32_t mask{};
    std::string text;
};
struct SetZone {  // ct zone set iifname map @zones
    Field by;
    std::string map;
};
struct Translate {  // dnat ip to ct zone . ip daddr map @floating_in
    bool source{};
    Family family = Family::v4;
    Layout data;  // address, or address . port, or a range of these
    Layout key;
    std::string map;
};
struct SetMark {  // ct mark set ct zone map @firewall
    Layout key;
    std::string map;
};
struct SetPacketMark {  // meta mark set ct zone . ip saddr . ip daddr map @peer_out
    Layout key;
    std::string map;
};
struct Decide {  // ct zone vmap @default_in
    Layout key;
    std::string map;
};
struct Readable {  // th dport >= 0: the packet has this field at all
    Field field;
};
struct Log {  // log prefix "nvi accept " group 110
    std::string prefix;
};
struct Reject {};     // with icmpx admin-prohibited
struct Confirmed {};  // ct status confirmed: not a connection's first packet
struct Fragment {     // of a packet that is not whole: ip frag-off & 0x3fff != 0, exthdr frag exists
    Family family = Family::v4;
};
struct Return {};
struct Jump {
    std::string chain;
};
struct ClampSegments {  // tcp option maxseg size set ct zone map @mss; never to a larger one
    Layout key;
    std::string map;
};
struct Offload {  // flow add @flows
    std::string flowtable;
};
struct Untrack {};
struct Count {
    std::string counter;
};
struct Accept {};
struct Drop {};
struct Goto {
    std::string chain;
};
using Part = std::variant<Compare, AnyBit, InSet, ConntrackState, SetZone, SetMark, SetPacketMark, Translate,
                          Decide, Readable, Log, Reject, Confirmed, Fragment, Return, Jump, ClampSegments,
                          Offload, Untrack, Count, Accept, Drop, Goto>;

struct RuleDefinition {
    std::vector<Part> parts;
    std::string comment;
};

struct Hook {
    std::string type;   // "filter", "nat"
    std::string name;   // "prerouting"
    uint32_t number{};  // NF_INET_*
    int32_t priority{};
    std::string priority_text;
};

struct ChainDefinition {
    std::string name;
    std::vector<RuleDefinition> rules;
    Hook hook;  // no name: reached by goto only
};

struct FrameOptions {
    bool offload = false;  // a flowtable, and the rule that gives tenants' flows to it
    auto operator<=>(const FrameOptions&) const = default;
};

struct Frame {
    bool flowtable{};
    std::vector<std::string> counters;
    std::vector<ChainDefinition> chains;  // after those that they go to
};

// The sets are sets() of sets.hpp.
const Frame& frame(FrameOptions options = {});

// Tells whether the kernel has the frame that this program makes: Ruleset::frame.
const std::string& frame_digest(FrameOptions options = {});

}  // namespace nvi::nft
