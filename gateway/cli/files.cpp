// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's files for the verbs.
#include "gateway/cli/files.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "gateway/apply/lock.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/net/error.hpp"
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

// Of as many tenants as there are files, which may yet be wrong.
void prepare_memory(const Context& context) {
    constexpr size_t kTenant = 13300;    // bytes, measured: the file's content, wanted and observed objects
    constexpr size_t kLeast = 4U << 20;  // below, it is not worth a system call
    const auto gateway = tenants::load_gateway(context.config);
    if (!gateway.ok()) return;
    size_t bytes = 0;
    try {
        bytes = kTenant * tenants::tenant_names(gateway.value.tenants_directory).size();
    } catch (const Error&) {
        return;  // load_config() tells
    }
    if (bytes < kLeast) return;
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    // Given back at once; main() lets malloc keep what it has.
    void* memory = std::malloc(bytes);
    if (memory == nullptr) return;
    const auto first = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
    madvise(reinterpret_cast<void*>(first), (bytes - page) / page * page, MADV_POPULATE_WRITE);
    std::free(memory);
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

tenants::Config load_config_to_compare(const Context& context) {
    prepare_memory(context);
    return load_config(context);
}

tenants::Gateway load_gateway(const Context& context) {
    return with_data_path(take(tenants::load_gateway(context.config)));
}

tenants::Tenant load_tenant(const tenants::Gateway& gateway, const std::string& name) {
    return take(tenants::load_tenant(gateway, name));
}

std::vector<tenants::Tenant> chosen_tenants(const Context& context, const Arguments& arguments) {
    std::vector<tenants::Tenant> chosen;
    if (!arguments.positionals.empty()) {
        chosen.push_back(cli::load_tenant(load_gateway(context), tenant_name(arguments)));
    } else {
        for (auto& [name, tenant] : load_config(context).tenants) chosen.push_back(tenant);
    }
    return chosen;
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
