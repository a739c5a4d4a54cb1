// SPDX-License-Identifier: GPL-2.0-or-later
// The JSON Schema (draft 7) of both kinds of files, for editors that complete and check TOML.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tenants/shape.hpp"

namespace nvi::tenants {

// schema(gateway_file_shape()), schema(tenant_file_shape())
nlohmann::ordered_json schema(const TableShape& file);

}  // namespace nvi::tenants
