// SPDX-License-Identifier: GPL-2.0-or-later
// What libbpf says: it would print it, which a library of ours never does.
#pragma once

#include <string>

namespace nvi::bpf {

// From here on the warnings of the calling thread's calls are kept.
void keep_words();
// The last 1,500 bytes of them: the verifier's reason is at the end.
std::string last_words();

}  // namespace nvi::bpf
