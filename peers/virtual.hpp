// SPDX-License-Identifier: GPL-2.0-or-later
// What a peer is called inside the gateway, whatever address it has outside: computed from its first host, so
// that no state is needed and a person can see which is which (10.0.0.7 is 100.64.0.7).
#pragma once

#include "gateway/net/address.hpp"

namespace nvi::peers {

// The range's bits, then the host's. Two hosts of a tenant that differ in the range's bits only have the
// same; a VTEP address need be unique in its VNI only. Both are IPv4.
Address vtep_of(const Prefix& range, const Address& host);

// 02:4e and the host's address: unique in the tenant, as the address is.
Mac mac_of(const Address& host);

}  // namespace nvi::peers
