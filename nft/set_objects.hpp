// SPDX-License-Identifier: GPL-2.0-or-later
// Sets and maps as libnftnl's objects.
#pragma once

#include <cstdint>

#include "nft/handles.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

// In the form that the kernel gives back; `id` is its number in the transaction that makes it.
SetHandle make_set(const SetDefinition& definition, uint32_t id);

}  // namespace nvi::nft
