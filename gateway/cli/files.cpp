// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's files for the verbs.
#include "gateway/cli/files.hpp"

#include <fmt/format.h>

#include "gateway/apply/lock.hpp"
#include "services/object.hpp"

namespace nvi::cli {

namespace {

template <typename T>
T take(tenants::Loaded<T> loaded) {
    if (!loaded.ok()) throw InputError(loaded.diagnostics);
    return std::move(loaded.value);
}

}  // namespace

namespace {

tenants::Gateway with_data_path(tenants::Gateway gateway) {
    std::string why;
    if (gateway.data_path == tenants::DataPath::automatic)
        gateway.data_path = services::xdp_usable(why) ? tenants::DataPath::xdp : tenants::DataPath::ipvs;
    return gateway;
}

}  // namespace

InputError::InputError(const tenants::Diagnostics& diagnostics)
    : std::runtime_error(fmt::format("{}gwctl: {} error{}, nothing was changed\n", diagnostics.text(),
                                     diagnostics.size(), diagnostics.size() == 1 ? "" : "s")) {}

tenants::Config load_config(const Context& context) {
    auto config = take(tenants::load(context.config));
    config.gateway = with_data_path(std::move(config.gateway));
    return config;
}

tenants::Gateway load_gateway(const Context& context) {
    return with_data_path(take(tenants::load_gateway(context.config)));
}

tenants::Tenant load_tenant(const tenants::Gateway& gateway, const std::string& name) {
    return take(tenants::load_tenant(gateway, name));
}

std::string index_path() {
    return apply::runtime_directory() / "index";
}

apply::TenantNames names_of(const tenants::Config& config) {
    apply::TenantNames names;
    for (const auto& [name, tenant] : config.tenants) names[tenant.id.value] = name;
    return names;
}

}  // namespace nvi::cli
