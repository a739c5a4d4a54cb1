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
// A machine that may send tunnel packets with this GRE key.
Element node(Zone tenant, const Address& node, uint32_t key);
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
