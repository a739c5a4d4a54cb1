// SPDX-License-Identifier: GPL-2.0-or-later
// From the path of gateway.toml to the checked model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

template <typename T>
struct Loaded {
    T value;
    Diagnostics diagnostics;  // empty: all is well, and only then may the value be applied

    bool ok() const { return diagnostics.empty(); }
};

// Reads and checks everything. Nothing is thrown for what an operator can do wrong: missing files and
// folders are diagnostics too. Tenants whose files are not TOML are left out.
Loaded<Config> load(const std::string& config_path);

// gateway.toml alone.
Loaded<Gateway> load_gateway(const std::string& config_path);

// One tenant's file, checked against the gateway; not against other tenants (index.hpp does that).
Loaded<Tenant> load_tenant(const Gateway& gateway, const std::string& name);
// The same for a text that is in no file yet.
Loaded<Tenant> read_and_check(const Gateway& gateway, const std::string& name, std::string_view text);

// The file of a tenant: "tenants.d/acme.toml".
std::string tenant_path(const Gateway& gateway, std::string_view name);

// The names of all files NAME.toml of the folder, sorted; names that no tenant can have, too. Hidden files
// are passed by. Throws Error with the reason alone.
std::vector<std::string> tenant_names(const std::string& folder);

}  // namespace nvi::tenants
