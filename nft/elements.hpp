// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of the table's sets from typed values, and back to text. A zone is a tenant's id.
#pragma once

#include <string>
#include <vector>

#include "gateway/net/address.hpp"
#include "nft/ruleset.hpp"

namespace nvi::nft {

using Zone = uint32_t;  // 256-65535

// The gateway's own (tenant 0). An address that its tunnels end at.
Element underlay(const Address& address);
// An uplink: where a tenant's packet may leave to.
Element outside(const std::string& device);

// A device whose packets belong to the tenant.
Element zone(const std::string& device, Zone tenant);
// A VRF that takes packets of the tunnel that tenants share.
Element shared_zone(const std::string& vrf, Zone tenant);
// A machine that may send tunnel packets with this GRE key.
Element node(Zone tenant, const Address& node, uint32_t key);
// The key of a tenant without a GRE device of its own.
Element shared_key(Zone tenant, uint32_t key);
// The same as node() of layer 3 GRE.
Element gre_node(Zone tenant, const Address& node, uint32_t key);
// The one machine of a tenant without a key.
Element ipip_node(Zone tenant, const Address& node);
// A VNI that a tenant's packets have on this UDP port.
Element vxlan_vni(Zone tenant, uint16_t port, uint32_t vni);
// A machine that may send them.
Element vxlan_node(Zone tenant, const Address& node, uint16_t port, uint32_t vni);
// The largest TCP segment, in bytes, that the tenant's connections of this family may agree on.
Element mss(Zone tenant, Family family, uint16_t bytes);
// A public address that the tenant uses: two elements, "public" (the outside does not track it) and
// "bound" (the tenant may send from it).
std::vector<Element> bound(Zone tenant, const Address& address);
// A virtual address that servers inside answer from, by this device of the tenant.
Element direct(Zone tenant, const std::string& device, const Address& vip);
Element floating_in(Zone tenant, const Address& outer, const Address& inner);
Element floating_out(Zone tenant, const Address& inner, const Address& outer);
Element forward(Zone tenant, uint8_t protocol, const Address& outer, uint16_t outer_port,
                const Address& inner, uint16_t inner_port);
// One element for a pool of one address; for several, one an address, each with its share of the 256
// slots that the sources are spread over. At most 256 addresses: Error otherwise.
std::vector<Element> snat(Zone tenant, const Prefix& from, const std::vector<Address>& pool);
// IPv4. `device` is what the tenant's packets are received by before they are routed: its VRF. Sources from
// `first` to `last` leave by these ports of an address; ICMP's identifiers are its ports.
Element snat_ports(Zone tenant, const std::string& device, const Address& first, const Address& last,
                   const Address& outer, uint16_t first_port, uint16_t last_port);
// One source has these ports for itself: TCP, UDP, SCTP and ICMP.
std::vector<Element> snat_block(Zone tenant, const std::string& device, const Address& source,
                                const Address& outer, uint16_t first_port, uint16_t last_port);
// GRE, ESP, AH and what else has no ports, of sources with blocks.
Element snat_portless(Zone tenant, const std::string& device, const Address& first, const Address& last,
                      const Address& outer);

// A peering: what packets of the tenant from these prefixes to those are marked by, and which of the other
// tenant's are let in. Three elements; both prefixes are of one family.
std::vector<Element> peering(Zone tenant, Zone other, const Prefix& local, const Prefix& remote);
// A public IPv6 prefix that the tenant's hosts have themselves. Two elements, as of bound().
std::vector<Element> routed(Zone tenant, const Prefix& prefix);

// The firewall. What becomes of a connection's first packet:
enum class Verdict : uint8_t { accept, drop, reject };
struct FirewallKey {    // of one rule; bounds are inclusive
    uint16_t number{};  // of the class: which addresses of the tenant
    uint8_t first_protocol = 0;
    uint8_t last_protocol = 255;
    Address first_remote;  // the other side's
    Address last_remote;
    uint16_t first_port = 0;  // of destination
    uint16_t last_port = 65535;
};
// Three elements: the tenant filters, and what becomes of connections that no rule decides.
std::vector<Element> firewall(Zone tenant, Verdict in, Verdict out, bool log);
// These addresses of the tenant have rules of their own.
Element firewall_class(Zone tenant, const Address& first, const Address& last, uint16_t number);
// Keys of one direction must not overlap.
Element firewall_rule(Zone tenant, bool in, const FirewallKey& key, Verdict verdict, bool log);

// Connections that the tenant may open in a second, and at once.
// Connections at a time. Those that were open before the element was added are not counted.
Element most_connections(Zone tenant, uint32_t number);
Element most_new_connections(Zone tenant, uint32_t per_second);

// Fragments that may come by the tenant's device in a second.
Element most_fragments(Zone tenant, const std::string& device, uint32_t per_second);
// The tenant has a limit for each packet, one of those below.
Element limited(Zone tenant);
Element most_bytes(Zone tenant, bool in, uint64_t per_second);
Element most_packets(Zone tenant, bool in, uint32_t per_second);
// Of an element that counts.
uint64_t stateful_number(const Element& element);

// Whether the element, of a map of verdicts, lets a connection go on.
bool is_accept(const Element& element);

// What the kernel computes for a source: a number below 256, and with it the index in the pool that the
// source leaves by.
uint32_t slot(const Address& source);
size_t pool_index(const Address& source, size_t pool_size);

// As nft prints it: "1001 . 203.0.113.10 : 10.0.0.7", with its comment where it has one. Without data,
// the key alone.
std::string text(const Element& element);
// What an element of these sets carries as a comment: "tenant 1001"; empty for the others.
std::string comment(const Element& element);
// Sets element.tenant of an observed element from its key, its data or its comment; 0 when none tells.
void recognise(Element& element, std::string_view comment);

}  // namespace nvi::nft
