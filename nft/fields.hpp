// SPDX-License-Identifier: GPL-2.0-or-later
// The packet fields that keys and data of sets are made of: how nft spells them, how long they are,
// and how their values are printed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nft/ruleset.hpp"

namespace nvi::nft {

enum class Field : uint8_t {
    iifname,
    oifname,
    ct_zone,
    ip_saddr,
    ip_daddr,
    ip6_saddr,
    ip6_daddr,
    l4proto,
    th_dport,
    gre_key,  // bytes 4 to 8 of the GRE header
    vni,      // bytes 4 to 7 of the VXLAN header
    ip_slot,  // jhash of the source address, below kSlots
    ip6_slot,
    ct_mark,       // of a connection that is checked: which of the firewall's rules are about it
    packet_mark,   // of packets between peerings: which tenant they come from
    verdict,       // data only: what is done next
    segment_size,  // in sets only
    ip_protocol,   // beside addresses that are translated to address and port: nft asks for it
    th_sport,      // data only
    // In rules only:
    iifgroup,
    iifkind,
    sdifname,  // of the VRF's port that the packet came in by; the VRF itself if it came by nvi0
    nfproto,
    tcp_flags,
    gre_header,  // flags and protocol
    gre_flags,
    gre_protocol,
    vxlan_flags,  // and the 24 bits behind them
    icmp_type,
    icmpv6_type,
    link_head,  // the first four bytes of the link's header: of its destination
};
inline constexpr uint32_t kSlots = 256;
// Of a verdict as data: the name of the chain to go to, filled up with zeros; nothing but zeros: return.
inline constexpr unsigned kVerdictLength = 16;

// What nft calls a field's data type (enum datatypes of nftables' include/datatype.h).
enum class DataType : uint8_t {
    verdict = 1,
    integer = 4,
    ip_address = 7,
    ip6_address = 8,
    protocol = 12,
    service = 13,
    mark = 19,
    interface_name = 41,
};

enum class Order : uint8_t { host, network };

// Where the kernel takes a field from.
struct Load {
    enum class From : uint8_t { meta, conntrack, payload, hash_of_payload };
    From from;
    uint32_t what;        // NFT_META_*, NFT_CT_*, NFT_PAYLOAD_*_HEADER
    uint32_t offset = 0;  // bytes into the header
    unsigned length = 0;  // of what is hashed, bytes
};

// How nft finds the field's name when it lists a set: its own numbers (enum expr_types of
// include/expression.h, and the arguments of that expression), kept in the set's user data.
struct TypeOf {
    uint32_t expression;
    std::vector<uint32_t> arguments;
    std::vector<uint8_t> order{};  // in which nft writes them, where it is not theirs
};

struct FieldInfo {
    std::string_view rule;  // in a rule
    std::string_view type;  // behind "typeof" in a set's definition
    unsigned length;        // bytes
    DataType data_type;
    Order order;
    Load load;
    uint8_t family = 0;    // NFPROTO_* that the packet must be of; 0: any
    uint8_t protocol = 0;  // IPPROTO_* likewise
    TypeOf type_of{};      // for fields of sets
};
const FieldInfo& info(Field field);

// A key or data made of these fields; interval keys have all fields in network order, since the kernel
// compares them as bytes.
struct Layout {
    std::vector<Field> fields;
    bool interval = false;
    // Data: from a first value to a last one, one behind the other. Of keys the set's elements say so.
    bool range = false;
};

// Bytes of the whole: fields of a concatenation are padded to four; a range's are those of both ends.
unsigned length(const Layout& layout);
// nft's number for the type: six bits a field.
uint32_t data_type(const Layout& layout);
// "ct zone . ip daddr"
std::string rule_text(const Layout& layout);
std::string type_text(const Layout& layout);
// "1001 . 203.0.113.10"; with last, ranges as prefixes where they are: "1001 . 10.0.0.0/24".
// Throws Error(EBADMSG) when the bytes are not of the layout's length.
std::string value_text(const Layout& layout, const Bytes& value, const Bytes& last = {});
// The value of one field, in host order; for fields of up to four bytes.
uint32_t number(const Layout& layout, Field field, const Bytes& value);
bool has(const Layout& layout, Field field);

}  // namespace nvi::nft
