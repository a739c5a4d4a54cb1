// SPDX-License-Identifier: GPL-2.0-or-later
// What elements.cpp and elements_firewall.cpp make the bytes of elements by.
#pragma once

#include <array>
#include <string>

#include "nft/elements.hpp"
#include "nft/fields.hpp"

namespace nvi::nft {

// A number's lowest `length` bytes, padded.
void put(Bytes& to, uint64_t value, unsigned length, Order order);
// A concatenation's zone: host order in hashed sets, network order in interval sets (Layout).
Bytes zoned(Zone tenant, const Address& address, Order order = Order::host);
// As the kernel compares names: zeros to IFNAMSIZ. Throws Error(EINVAL) when it is longer.
Bytes device_name(const std::string& device);
// Throws Error(EINVAL) when they are not.
void same_family(const Address& one, const Address& other);

inline Bytes addressed(const Address& address) {
    return Bytes(address.bytes());
}

}  // namespace nvi::nft
