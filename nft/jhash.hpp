// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's hash of a packet's address (Bob Jenkins' lookup3, as in include/linux/jhash.h, for
// little-endian words), so that a source's slot is computed, not looked up.
#pragma once

#include <cstdint>
#include <span>

namespace nvi::nft {

inline constexpr uint32_t kJhashSeed = 0x6e766900;

uint32_t jhash(std::span<const uint8_t> key, uint32_t seed);

}  // namespace nvi::nft
