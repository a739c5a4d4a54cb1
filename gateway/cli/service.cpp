// SPDX-License-Identifier: GPL-2.0-or-later
// service add, drain, remove and list.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/net/error.hpp"
#include "tenants/edit.hpp"
#include "tenants/json.hpp"

namespace nvi::cli {

namespace {

using tenants::Backend;
using tenants::Service;
using tenants::Tenant;

template <typename T>
bool to_number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

// "tcp:203.0.113.80:80-81"; IPv6 addresses in brackets.
Service parse_name(const std::string& typed) {
    const auto refuse = [&] {
        return UsageError(fmt::format("\"{}\" is not PROTO:VIP:PORT, as in tcp:203.0.113.80:80-81", typed));
    };
    const auto first = typed.find(':');
    const auto last = typed.rfind(':');
    if (first == std::string::npos || last == first) throw refuse();
    Service service;
    const auto protocol = typed.substr(0, first);
    if (protocol != "tcp" && protocol != "udp") throw refuse();
    service.protocol.value = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
    auto host = typed.substr(first + 1, last - first - 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const auto vip = Address::parse(host);
    if (!vip) throw refuse();
    service.vip.value = *vip;
    const auto ports = typed.substr(last + 1);
    const auto dash = ports.find('-');
    auto& range = service.ports.value;
    if (!to_number(ports.substr(0, dash), range.first)) throw refuse();
    range.last = range.first;
    if (dash != std::string::npos && !to_number(ports.substr(dash + 1), range.last)) throw refuse();
    return service;
}

// "172.16.0.21" or "172.16.0.21*3"
Backend parse_backend(const std::string& typed) {
    const auto star = typed.find('*');
    const auto address = Address::parse(typed.substr(0, star));
    Backend backend;
    if (!address || (star != std::string::npos && !to_number(typed.substr(star + 1), backend.weight.value)))
        throw UsageError(fmt::format("\"{}\" is not ADDR or ADDR*WEIGHT", typed));
    backend.address.value = *address;
    return backend;
}

std::vector<Backend> parse_backends(const std::string& typed) {
    std::vector<Backend> backends;
    for (size_t at = 0; at <= typed.size();) {
        const auto comma = std::min(typed.find(',', at), typed.size());
        backends.push_back(parse_backend(typed.substr(at, comma - at)));
        at = comma + 1;
    }
    return backends;
}

std::string name_of(const Service& service) {
    const auto vip =
        service.vip.value.is_v4() ? service.vip.value.str() : "[" + service.vip.value.str() + "]";
    return fmt::format("{}:{}:{}", tenants::protocol_name(service.protocol.value), vip,
                       service.ports.value.str());
}

std::optional<size_t> find(const Tenant& tenant, const Service& meant) {
    for (size_t i = 0; i < tenant.services.size(); ++i) {
        const auto& service = tenant.services[i];
        if (service.vip == meant.vip && service.protocol == meant.protocol && service.ports == meant.ports)
            return i;
    }
    return std::nullopt;
}

size_t need(const Tenant& tenant, const Service& meant) {
    const auto found = find(tenant, meant);
    if (found) return *found;
    std::string known;
    for (const auto& service : tenant.services) known += "\n  " + name_of(service);
    throw UsageError(
        known.empty() ? fmt::format("{} has no service", tenant.name)
                      : fmt::format("{} has no service {}; it has:{}", tenant.name, name_of(meant), known));
}

std::vector<Backend>::iterator need(std::vector<Backend>& backends, const Address& address,
                                    const Service& of) {
    const auto found = std::ranges::find_if(
        backends, [&](const Backend& backend) { return backend.address.value == address; });
    if (found == backends.end())
        throw UsageError(fmt::format("{} has no backend {}", name_of(of), address.str()));
    return found;
}

std::string with_backends(const std::string& text, size_t number, const std::vector<Backend>& backends) {
    std::string list;
    for (const auto& backend : backends) list += (list.empty() ? "" : ", ") + tenants::backend_text(backend);
    return tenants::replace_value(text, "service", number, "backend", "[" + list + "]");
}

tenants::Scheduler parse_scheduler(const std::string& typed) {
    for (const auto scheduler :
         {tenants::Scheduler::maglev, tenants::Scheduler::round_robin, tenants::Scheduler::source_hash}) {
        if (typed == tenants::name_of(scheduler)) return scheduler;
    }
    throw UsageError(fmt::format("--scheduler is maglev, round-robin or source-hash, not \"{}\"", typed));
}

}  // namespace

int run_service_add(const Context& context, const Arguments& arguments) {
    const auto& typed = arguments.positionals.at(1);
    const auto equals = typed.find('=');
    if (equals == std::string::npos)
        throw UsageError(fmt::format("\"{}\" is not PROTO:VIP:PORT=BACKEND[,BACKEND]", typed));
    auto service = parse_name(typed.substr(0, equals));
    service.backends = parse_backends(typed.substr(equals + 1));
    service.scheduler = parse_scheduler(arguments.value("scheduler", "maglev"));
    change_tenant(
        context, arguments, tenant_name(arguments), [&](const Tenant& tenant, const std::string& text) {
            const auto number = find(tenant, service);
            if (!number) return tenants::append_entry(text, tenants::entry_of(service));
            auto backends = tenant.services[*number].backends;
            for (const auto& added : service.backends) {
                const auto same = std::ranges::find_if(
                    backends, [&](const Backend& backend) { return backend.address == added.address; });
                if (same == backends.end())
                    backends.push_back(added);
                else
                    same->weight = added.weight;
            }
            return with_backends(text, *number, backends);
        });
    return kDone;
}

int run_service_drain(const Context& context, const Arguments& arguments) {
    const auto meant = parse_name(arguments.positionals.at(1));
    const auto backend = parse_backend(arguments.positionals.at(2)).address.value;
    change_tenant(context, arguments, tenant_name(arguments),
                  [&](const Tenant& tenant, const std::string& text) {
                      const auto number = need(tenant, meant);
                      auto backends = tenant.services[number].backends;
                      need(backends, backend, meant)->weight.value = 0;
                      return with_backends(text, number, backends);
                  });
    return kDone;
}

int run_service_remove(const Context& context, const Arguments& arguments) {
    const auto meant = parse_name(arguments.positionals.at(1));
    change_tenant(
        context, arguments, tenant_name(arguments), [&](const Tenant& tenant, const std::string& text) {
            const auto number = need(tenant, meant);
            if (arguments.positionals.size() < 3) return tenants::remove_entry(text, "service", number);
            auto backends = tenant.services[number].backends;
            backends.erase(need(backends, parse_backend(arguments.positionals[2]).address.value, meant));
            return with_backends(text, number, backends);
        });
    return kDone;
}

int run_service_list(const Context& context, const Arguments& arguments) {
    auto config = load_config(context);
    if (!arguments.positionals.empty()) {
        const auto name = tenant_name(arguments);
        if (!config.tenants.contains(name)) throw UsageError(fmt::format("there is no tenant {}", name));
        std::erase_if(config.tenants, [&](const auto& entry) { return entry.first != name; });
    }
    // What they did needs the right to ask the kernel; what they are does not.
    std::optional<apply::Kernel> kernel;
    try {
        kernel.emplace();
    } catch (const Error& error) {
        if (error.code() != EPERM) throw;
    }
    auto document = nlohmann::json::array();
    std::vector<std::vector<std::string>> rows = {
        {"TENANT", "SERVICE", "SCHEDULER", "BACKEND", "WEIGHT", "PACKETS", "BYTES"}};
    for (const auto& [name, tenant] : config.tenants) {
        for (const auto& service : tenant.services) {
            services::ServiceTraffic traffic;
            if (kernel) {
                traffic = kernel->services().traffic({.vip = service.vip.value,
                                                      .protocol = service.protocol.value,
                                                      .first_port = service.ports.value.first,
                                                      .last_port = service.ports.value.last});
            }
            rows.push_back({name, name_of(service), std::string(tenants::name_of(service.scheduler)), "", "",
                            std::to_string(traffic.total.packets), std::to_string(traffic.total.bytes)});
            nlohmann::json entry = {{"tenant", name},
                                    {"service", name_of(service)},
                                    {"scheduler", tenants::name_of(service.scheduler)},
                                    {"packets", traffic.total.packets},
                                    {"bytes", traffic.total.bytes}};
            auto& backends = entry["backend"] = nlohmann::json::array();
            for (const auto& backend : service.backends) {
                const auto& own = traffic.backends[backend.address.value];
                const auto weight = backend.weight.value;
                rows.push_back({"", "", "", backend.address.value.str(),
                                weight == 0 ? "drained" : std::to_string(weight), std::to_string(own.packets),
                                std::to_string(own.bytes)});
                backends.push_back({{"address", backend.address.value.str()},
                                    {"weight", weight},
                                    {"packets", own.packets},
                                    {"bytes", own.bytes}});
            }
            document.push_back(std::move(entry));
        }
    }
    print_list(context, document, rows);
    return kDone;
}

}  // namespace nvi::cli
