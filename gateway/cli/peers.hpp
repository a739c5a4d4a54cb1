// SPDX-License-Identifier: GPL-2.0-or-later
// The packet path of peers, which nvi-peerd keeps.
#pragma once

namespace nvi::cli {

// Takes it away: by nvi-peerd where that runs, which keeps away from then on. Throws Error.
void peers_away();
// Where nvi-peerd runs it has it again, if it was taken away. What goes wrong is a warning: the rest of the
// gateway stands.
void peers_back();

}  // namespace nvi::cli
