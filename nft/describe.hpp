// SPDX-License-Identifier: GPL-2.0-or-later
// One line that says all that matters of an object of the table, the same for what we would make and
// for what the kernel dumps: without handles, counters and whatever else differs from boot to boot.
#pragma once

#include <string>
#include <vector>

#include "nft/frame_objects.hpp"

namespace nvi::nft {

std::string describe(const nftnl_table& table);
std::string describe(const nftnl_set& set);
std::string describe(const nftnl_obj& counter);
std::string describe(const nftnl_chain& chain);
// `index`: the rule's place in its chain.
std::string describe(const nftnl_rule& rule, size_t index);

// All of them, sorted; of the flowtable, the rule that uses it stands for it (with many devices the
// kernel cannot list it).
std::vector<std::string> describe(const FrameObjects& objects);

// 16 hexadecimal digits; empty for no lines.
std::string digest(const std::vector<std::string>& lines);

}  // namespace nvi::nft
