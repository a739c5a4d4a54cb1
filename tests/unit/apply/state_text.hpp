// SPDX-License-Identifier: GPL-2.0-or-later
// A state written as the commands that would make it: the form of the golden cases.
#pragma once

#include <string>

#include "gateway/state/objects.hpp"

namespace nvi::state {

// One command a line, as plan prints them ("ip link add ...", "nft add element ..."); '#' begins a
// comment. "foreign" in front of a rule: somebody else's. "nft frame DIGEST": the table. Throws
// std::runtime_error with the line.
State parse_state(const std::string& text);

}  // namespace nvi::state
