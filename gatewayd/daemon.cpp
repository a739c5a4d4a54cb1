// SPDX-License-Identifier: GPL-2.0-or-later
// What needs time.
#include "gatewayd/daemon.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "gateway/apply/lock.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"
#include "services/services.hpp"
#include "tenants/load.hpp"

namespace nvi::gatewayd {

namespace {

constexpr auto kPatience = std::chrono::seconds(10);  // while gwctl changes something

void say(const char* level, const std::string& text) {  // sd-daemon(3)
    fmt::print(stderr, "{}{}\n", level, text);
    std::fflush(stderr);
}

std::string name_of(const state::Service& service) {
    const auto vip = service.vip.is_v4() ? service.vip.str() : "[" + service.vip.str() + "]";
    return fmt::format("{}:{}:{}", service.protocol == 6 ? "tcp" : "udp", vip, service.first_port);
}

}  // namespace

Daemon::Daemon(std::string config) : config_(std::move(config)) {
    const auto leave = [this] { loop_.end(); };
    terminate_.signal(loop_, SIGTERM, leave);
    interrupt_.signal(loop_, SIGINT, leave);
    hangup_.signal(loop_, SIGHUP, [this] { reload(); });
}

void Daemon::run() {
    reload();
    const auto name = [this](uint32_t id) {
        const auto found = names_.find(id);
        return found == names_.end() ? std::to_string(id) : found->second;
    };
    shortage_.emplace(loop_, name, [](const std::string& text) { say(SD_WARNING, text); });
    loop_.run();
}

void Daemon::reload() {
    sd_notify(0, "RELOADING=1");
    auto loaded = tenants::load(config_);
    if (!loaded.ok()) {
        say(SD_ERR, loaded.diagnostics.text() + "the files are wrong: checks go on as before");
        sd_notify(0, "READY=1");
        return;
    }
    auto& config = loaded.value;
    std::string why;
    if (config.gateway.data_path == tenants::DataPath::automatic)
        config.gateway.data_path =
            services::xdp_usable(why) ? tenants::DataPath::xdp : tenants::DataPath::ipvs;
    // Editors write several times: what follows within a moment is one change.
    folder_.folder(loop_, config.gateway.tenants_directory,
                   [this] { settle_.after(loop_, 200'000, [this] { reload(); }); });

    names_.clear();
    for (const auto& [name, tenant] : config.tenants) names_.emplace(tenant.id.value, name);
    probes_.clear();
    for (const auto& [name, tenant] : config.tenants) {
        const auto wanted = desired::tenant(config.gateway, tenant, {}).services;
        for (const auto& service : wanted) {
            const auto written = std::ranges::find_if(tenant.services, [&](const tenants::Service& other) {
                const auto& ports = other.ports.value;
                return other.vip.value == service.vip && other.protocol.value == service.protocol &&
                       ports.first <= service.first_port && service.first_port <= ports.last;
            });
            if (written != tenant.services.end() && written->check) watch(service, *written->check);
        }
    }
    sd_notify(0, fmt::format("READY=1\nSTATUS=checks {} backends", probes_.size()).c_str());
    say(SD_INFO, fmt::format("checks {} backends", probes_.size()));
}

void Daemon::watch(const state::Service& service, const tenants::Check& check) {
    std::vector<Address> down;
    try {
        down = services::Services().down(service);
    } catch (const Error&) {
        // Not applied yet: everybody is alive until found otherwise.
    }
    for (const auto& backend : service.backends) {
        Target target{.address = backend.address,
                      .port = static_cast<uint16_t>(check.port != 0 ? check.port : service.first_port),
                      .device = backend.inside ? state::vrf_name(service.tenant) : std::string(),
                      .check = check};
        const bool alive = std::ranges::find(down, backend.address) == down.end();
        probes_.emplace_back(loop_, std::move(target), alive,
                             [this, service, address = backend.address](bool now, const std::string& why) {
                                 changed(service, address, now, why);
                             });
    }
}

void Daemon::changed(const state::Service& service, const Address& backend, bool alive,
                     const std::string& why) {
    say(SD_NOTICE, fmt::format("{}: backend {} is {}: {}", name_of(service), backend.str(),
                               alive ? "alive" : "down", why));
    try {
        const auto lock =
            apply::Lock::take(apply::runtime_directory(), "gatewayd", kPatience, [](const auto&) {});
        services::Services().mark(service, backend, !alive);
    } catch (const Error& error) {
        say(SD_ERR, fmt::format("{}: backend {}: {}", name_of(service), backend.str(), error.what()));
    }
}

}  // namespace nvi::gatewayd
