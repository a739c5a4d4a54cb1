// SPDX-License-Identifier: GPL-2.0-or-later
// Sets and maps as libnftnl's objects.
#pragma once

#include <cstdint>

#include "nft/handles.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

// What an element counts by; for elements, and for definitions of sets whose elements count connections.
ExpressionHandle stateful_expression(Stateful stateful, uint64_t number);

// In the form that the kernel gives back; `id` is its number in the transaction that makes it.
SetHandle make_set(const SetDefinition& definition, uint32_t id);

}  // namespace nvi::nft
