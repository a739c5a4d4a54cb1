// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's files for the verbs.
#include "gateway/cli/files.hpp"

#include <fmt/format.h>

namespace nvi::cli {

namespace {

template <typename T>
T take(tenants::Loaded<T> loaded) {
    if (!loaded.ok()) throw InputError(loaded.diagnostics);
    return std::move(loaded.value);
}

}  // namespace

InputError::InputError(const tenants::Diagnostics& diagnostics)
    : std::runtime_error(fmt::format("{}gwctl: {} error{}, nothing was changed\n", diagnostics.text(),
                                     diagnostics.size(), diagnostics.size() == 1 ? "" : "s")) {}

tenants::Config load_config(const Context& context) {
    return take(tenants::load(context.config));
}

tenants::Gateway load_gateway(const Context& context) {
    return take(tenants::load_gateway(context.config));
}

tenants::Tenant load_tenant(const tenants::Gateway& gateway, const std::string& name) {
    return take(tenants::load_tenant(gateway, name));
}

apply::TenantNames names_of(const tenants::Config& config) {
    apply::TenantNames names;
    for (const auto& [name, tenant] : config.tenants) names[tenant.id.value] = name;
    return names;
}

}  // namespace nvi::cli
