// SPDX-License-Identifier: GPL-2.0-or-later
// The model and what is wrong with it as JSON, for `gwctl --json`. Keys and forms are those of the files.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// All that is in the tenant's file, and its name and the file's path. Absent lists are empty lists.
nlohmann::ordered_json to_json(const Tenant& tenant);
// One line of `tenant list`: name, id, overlay, key and how many of each there are.
nlohmann::ordered_json summary(const Tenant& tenant);
nlohmann::ordered_json to_json(const Gateway& gateway);
// [{"file", "line", "column", "message", "source"}]; line and column are absent for a whole file.
nlohmann::ordered_json to_json(const Diagnostics& diagnostics);

}  // namespace nvi::tenants
