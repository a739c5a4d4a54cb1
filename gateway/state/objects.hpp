// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel objects that the gateway makes, as values. Two of the same key() are the same object;
// two that compare equal need no change. Names stand for devices, never interface indices: an index
// belongs to one boot, a name to the design.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "gateway/net/address.hpp"
#include "gateway/state/destination.hpp"
#include "gateway/state/service.hpp"
#include "nft/ruleset.hpp"

namespace nvi::state {

// A tenant's id (256-65535), its VRF table and conntrack zone. 0: the object is the gateway's own.
using TenantId = uint32_t;

// What marks an object as ours (DESIGN I7).
inline constexpr uint8_t kProtocol = 110;    // rtm_protocol, FRA_PROTOCOL, NDA_PROTOCOL, IFA_PROTO
inline constexpr uint32_t kLinkGroup = 110;  // IFLA_GROUP of every device that we made
inline constexpr uint32_t kMainTable = 254;
inline constexpr uint32_t kLocalTable = 255;
// Whether public addresses are in it: as what is routed to nvi0, or as what this machine takes itself.
constexpr bool is_outside(uint32_t table) {
    return table == kMainTable || table == kLocalTable;
}
// Metric of the unreachable default that ends every VRF's table: no packet falls through to main.
inline constexpr uint32_t kFallbackMetric = 4278198272U;
// Metrics differ by tenant, for the kernel's sake alone: it keeps what routes have in common
// (fib_find_info() in net/ipv4/fib_semantics.c) in a hash of protocol, scope, metric and device, so
// that routes of all tenants to nvi0 with one metric make one chain, which every addition walks:
// at 3,000 tenants 139 us for a public address instead of 4. Routes whose device differs need none.
constexpr uint32_t route_metric(TenantId tenant) {
    return tenant;
}
constexpr uint32_t fallback_metric(TenantId tenant) {
    return kFallbackMetric + tenant;
}

struct NviLink {
    std::string uplink;  // what its forward paths and direct ways out go by (IFLA_LINK); empty: none
    auto operator<=>(const NviLink&) const = default;
};
struct VrfLink {
    uint32_t table{};
    auto operator<=>(const VrfLink&) const = default;
};
// A keyed gretap without a remote: the node is chosen by the lwtunnel route.
struct GretapLink {
    uint32_t key{};
    Address local;
    std::string device = {};  // of the underlay: the one that it sends by; empty: whichever routing says
    auto operator<=>(const GretapLink&) const = default;
};
// An external vxlan that takes packets of one VNI only (vnifilter), so that many share a UDP port.
struct VxlanLink {
    uint32_t vni{};  // 0: observed with none, or with several
    Address local;
    uint16_t port{};
    auto operator<=>(const VxlanLink&) const = default;
};
// Layer 3 GRE with a key and without a remote: the node is chosen by the neighbour.
struct GreLink {
    uint32_t key{};
    Address local;
    std::string device = {};  // as above
    auto operator<=>(const GreLink&) const = default;
};
// IPv4 and IPv6 in IPv4, to one node: kind "sit", mode "any".
struct SitLink {
    Address local;
    Address remote;
    auto operator<=>(const SitLink&) const = default;
};
// External ones, for all tenants that have no device of their own: ports of nvi0, which hands what they
// receive to the VRF that its key or VNI names.
struct SharedGretapLink {
    bool external = true;  // observed: false
    auto operator<=>(const SharedGretapLink&) const = default;
};
struct SharedVxlanLink {
    Address local;
    uint16_t port{};
    auto operator<=>(const SharedVxlanLink&) const = default;
};
using LinkKind = std::variant<NviLink, VrfLink, GretapLink, VxlanLink, GreLink, SitLink, SharedGretapLink,
                              SharedVxlanLink>;

struct Link {
    std::string name;
    TenantId tenant{};
    LinkKind kind;
    std::string master;      // name of the VRF, nvi0 of a shared device, or empty
    std::optional<Mac> mac;  // wanted: empty: whatever the kernel chose
    uint32_t mtu{};          // bytes; wanted: 0: whatever the kernel chose
    bool up = true;
    std::string alias;           // "nvi-gateway TENANT": tells a person whose it is
    bool ipv6_autoconf = false;  // a link-local address of its own (addrgenmode eui64; false: none)
    bool noqueue = true;         // queueing discipline "noqueue"
    // In effect on this device is net.ipv4.conf rp_filter 1, which drops what nvi hands over to a VRF
    // and what comes out of a tunnel. Never wanted; cured by setting the device's own to 2 (loose).
    bool strict_source = false;
    // The device's own accept_local is off, so that the kernel looks up every packet's source, one of two
    // lookups for a packet (fib_validate_source()). Never wanted: a tenant's source is checked behind the
    // translation, and the gateway's own addresses within a tenant are the tenant's.
    bool checks_source = false;
    // The device's own send_redirects. Never wanted: a hairpin enters and leaves nvi0, and the kernel
    // sends redirects when either this or conf/all says so (IN_DEV_ORCONF).
    bool redirects = false;
    // The device's own disable_ipv6, which a new one takes from net.ipv6.conf.default. Never wanted: it would
    // have no IPv6 addresses, routes and neighbours, and drop what it receives (ip6_rcv_core()).
    bool ipv6_disabled = false;
    // What its tunnel attached to an IP packet is dropped before the flowtable sees it: a queueing discipline
    // "clsact" with the block of our Filters. Without these, where offload drops nothing, the block is empty:
    // a tunnel that is steered has the discipline for the program.
    bool drop_metadata = false;
    const std::string& key() const { return name; }
    auto operator<=>(const Link&) const = default;
    // Whether this observed link needs no change to be `wanted`: equal but for what is left to the kernel.
    bool satisfies(const Link& wanted) const;
};

struct InterfaceAddress {
    std::string device;
    TenantId tenant{};
    Prefix address;  // host bits kept
    auto key() const { return std::tie(device, address); }
    auto operator<=>(const InterfaceAddress&) const = default;
};

// Lightweight-tunnel state of a route (ip: "encap ip id ID dst NODE key", "encap ip6 ...").
struct Encap {
    uint64_t id{};
    std::optional<Address> node;    // empty for the routes to nvi0, which only carry the id
    bool key_flag{};                // put the id on the wire (GRE)
    std::optional<Address> source;  // of the tunnel's packets; empty: the kernel's choice, or the device's
    bool checksum{};                // of the outer UDP header: IPv6 receivers want one (RFC 6936)
    auto operator<=>(const Encap&) const = default;
};

enum class RouteType : uint8_t { unicast, unreachable, blackhole, local };

struct Route {
    uint32_t table{};
    TenantId tenant{};
    Prefix destination;
    uint32_t metric{};  // 0: the kernel's own choice (IPv4: none, IPv6: 1024)
    RouteType type = RouteType::unicast;
    std::string device;          // empty unless unicast
    std::optional<Encap> encap;  // unicast only
    std::optional<Address> via;  // of a shared device: its neighbour (host_neighbour() in names.hpp)
    bool plain = true;           // observed: false with several next hops or the like, which ours never have
    auto key() const { return std::tie(table, destination, metric); }
    auto operator<=>(const Route&) const = default;
};

struct Neighbour {  // permanent
    std::string device;
    TenantId tenant{};
    Address address;
    Mac mac;
    // On a layer 3 GRE device, in place of a MAC: the address that its tunnel packets are sent to.
    std::optional<Address> node;
    auto key() const { return std::tie(device, address); }
    auto operator<=>(const Neighbour&) const = default;
};

// A policy rule. The gateway has a constant number of them.
struct Rule {
    Family family = Family::v4;
    uint32_t priority{};
    bool l3mdev{};
    uint32_t table{};  // 0 with l3mdev
    bool foreign{};    // observed: made by somebody else (the kernel makes "local" at 0, the
                       // first VRF "l3mdev" at 1000 unless one is there)
    auto key() const { return std::tie(family, priority, l3mdev, table); }
    std::strong_ordering operator<=>(const Rule& other) const { return key() <=> other.key(); }
    bool operator==(const Rule& other) const { return key() == other.key(); }
};

struct Sysctl {  // path below /proc/sys, e.g. "net/ipv4/ip_forward"
    std::string path;
    std::string value;
    const std::string& key() const { return path; }
    auto operator<=>(const Sysctl&) const = default;
};

// A tc filter "matchall action tunnel_key unset" of our one block, which all devices with
// Link::drop_metadata share. Made when the first of them is there, gone with the last.
inline constexpr uint32_t kFilterBlock = 0x6e7669;  // "nvi"
struct Filter {
    Family family = Family::v4;
    auto key() const { return family; }
    auto operator<=>(const Filter&) const = default;
};

// A device that is not ours but has a name that could be: apply refuses to use that name.
struct ForeignLink {
    std::string name;
    std::string kind;  // of IFLA_INFO_KIND; empty for hardware
    uint32_t group{};
    const std::string& key() const { return name; }
    auto operator<=>(const ForeignLink&) const = default;
};

// Everything, each vector sorted by key. nft holds tables, chains, sets and their elements.
struct State {
    std::vector<Sysctl> sysctls;
    std::vector<Rule> rules;
    std::vector<Link> links;
    std::vector<InterfaceAddress> addresses;
    std::vector<Route> routes;
    std::vector<Neighbour> neighbours;
    std::vector<Service> services;
    std::vector<Program> programs;
    std::vector<Steering> steerings;
    std::vector<Destination> destinations;
    std::vector<Filter> filters;
    nft::Ruleset nft;
    std::vector<ForeignLink> foreign;  // observed only
    void sort();
};

}  // namespace nvi::state
