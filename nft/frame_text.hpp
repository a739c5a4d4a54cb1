// SPDX-License-Identifier: GPL-2.0-or-later
// The frame as a file that nft reads: for plans and for the documentation. Nothing runs it.
#pragma once

#include <string>

#include "nft/frame.hpp"

namespace nvi::nft {

// The whole table without elements, "table inet nvi { ... }", ending in a newline.
std::string frame_text(FrameOptions options = {});
// One rule, as nft spells it.
std::string rule_text(const RuleDefinition& rule);

}  // namespace nvi::nft
