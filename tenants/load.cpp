// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the files of a gateway and checking them.
#include "tenants/load.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "gateway/net/error.hpp"
#include "tenants/check.hpp"
#include "tenants/claims.hpp"
#include "tenants/file.hpp"
#include "tenants/peers.hpp"
#include "tenants/reader.hpp"
#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

constexpr std::string_view kSuffix = ".toml";

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

// The gateway with its checks made. Of one with errors the public prefixes may be missing some: they are
// cleared then, and no tenant is told that its addresses are outside of them.
Gateway gateway_of(const std::string& config_path, Diagnostics& diagnostics) {
    const FileName file(config_path);
    try {
        auto read = read_gateway(read_text(config_path), file, diagnostics);
        if (read.parsed) check_gateway(read.value, diagnostics);
        if (!read.sound) read.value.public_prefixes.clear();
        if (!read.parsed) read.value.tenants_directory.clear();
        return std::move(read.value);
    } catch (const Error& error) {
        diagnostics.add({file, 0, 0}, error.what());
        return {};
    }
}

// The file's own tenant with its checks made; nothing when it is not TOML.
std::optional<Tenant> tenant_of(const Gateway& gateway, const std::string& name, std::string_view text,
                                Diagnostics& diagnostics) {
    auto read = read_tenant(text, name, tenant_path(gateway, name), diagnostics);
    if (!read.parsed) return {};
    enter_peers(read.value, gateway, diagnostics);
    check_tenant(read.value, gateway, diagnostics, read.sound);
    return std::move(read.value);
}

}  // namespace

std::string tenant_path(const Gateway& gateway, std::string_view name) {
    std::string path = gateway.tenants_directory;
    if (!path.ends_with('/')) path += '/';
    return path.append(name).append(kSuffix);
}

std::vector<std::string> tenant_names(const std::string& folder) {
    const std::unique_ptr<DIR, CloseDirectory> directory(opendir(folder.c_str()));
    if (!directory) throw Error(std::generic_category().message(errno), errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(directory.get())) {
        const std::string_view file = entry->d_name;
        if (!file.starts_with('.') && file.ends_with(kSuffix))
            names.emplace_back(file.substr(0, file.size() - kSuffix.size()));
        errno = 0;
    }
    if (errno != 0) throw Error(std::generic_category().message(errno), errno);
    std::sort(names.begin(), names.end());
    return names;
}

Loaded<Config> load(const std::string& config_path) {
    Loaded<Config> loaded;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    loaded.value.read_at = int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    Diagnostics& diagnostics = loaded.diagnostics;
    Gateway& gateway = loaded.value.gateway;
    gateway = gateway_of(config_path, diagnostics);

    std::vector<std::string> names;
    if (!gateway.tenants_directory.empty()) {
        try {
            names = tenant_names(gateway.tenants_directory);
        } catch (const Error& error) {
            Place place = gateway.tenants.place;
            if (place.line == 0) place = gateway.place;
            diagnostics.add(
                place, "the tenants' folder " + in_quotes(gateway.tenants_directory) + ": " + error.what());
        }
    }

    Registry registry;
    for (const std::string& name : names) {
        try {
            const std::string text = read_text(tenant_path(gateway, name));
            auto tenant = tenant_of(gateway, name, text, diagnostics);
            if (!tenant) continue;
            registry.enter(claims_of(*tenant), diagnostics);
            loaded.value.tenants.emplace_hint(loaded.value.tenants.end(), name, std::move(*tenant));
        } catch (const Error& error) {
            diagnostics.add({tenant_path(gateway, name), 0, 0}, error.what());
        }
    }
    registry.finish(diagnostics);
    diagnostics.finish(text_or_nothing);
    return loaded;
}

Loaded<Gateway> load_gateway(const std::string& config_path) {
    Loaded<Gateway> loaded;
    loaded.value = gateway_of(config_path, loaded.diagnostics);
    loaded.diagnostics.finish(text_or_nothing);
    return loaded;
}

Loaded<Tenant> load_tenant(const Gateway& gateway, const std::string& name) {
    const std::string path = tenant_path(gateway, name);
    try {
        return read_and_check(gateway, name, read_text(path));
    } catch (const Error& error) {
        Loaded<Tenant> loaded;
        loaded.diagnostics.add({path, 0, 0}, error.what());
        return loaded;
    }
}

Loaded<Tenant> read_and_check(const Gateway& gateway, const std::string& name, std::string_view text) {
    Loaded<Tenant> loaded;
    loaded.value = tenant_of(gateway, name, text, loaded.diagnostics).value_or(Tenant{});
    const std::string own = tenant_path(gateway, name);
    loaded.diagnostics.finish([&](const std::string& file) {
        return file == own ? std::optional<std::string>(text) : text_or_nothing(file);
    });
    return loaded;
}

}  // namespace nvi::tenants
