// SPDX-License-Identifier: GPL-2.0-or-later
// A tenant's file from the options of `tenant add`.
#pragma once

#include <string>

#include "gateway/cli/verb.hpp"

namespace nvi::cli {

// TOML; the values as they were typed, for the reader of the files to judge. Throws UsageError for an
// option that does not have the form of its usage text.
std::string tenant_text(const Arguments& arguments);

}  // namespace nvi::cli
