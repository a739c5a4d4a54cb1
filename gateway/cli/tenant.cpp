// SPDX-License-Identifier: GPL-2.0-or-later
// tenant add, list, show and remove.
#include "gateway/apply/tenant.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "gateway/apply/command.hpp"
#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/record.hpp"
#include "gateway/cli/tenant_text.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/net/error.hpp"
#include "tenants/claims.hpp"
#include "tenants/file.hpp"
#include "tenants/index.hpp"
#include "tenants/json.hpp"

namespace nvi::cli {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

apply::Progress progress_on(ProgressLine& line) {
    return [&line](apply::Stage stage, size_t done, size_t of) {
        line.update(apply::stage_name(stage), done, of);
    };
}

// A row of numbers and the first public addresses.
std::string publics(const tenants::Tenant& tenant) {
    const auto claimed = tenants::claims_of(tenant).publics;
    std::string text;
    for (size_t i = 0; i < claimed.size(); ++i) {
        if (i == 3) return text + fmt::format(" and {} more", claimed.size() - i);
        text += (i == 0 ? "" : " ") + claimed[i].value.str();
    }
    return text;
}

std::string key_of(const tenants::Overlay& overlay) {
    return overlay.key.value == 0 ? "-" : std::to_string(overlay.key.value);
}

}  // namespace

int run_tenant_add(const Context& context, const Arguments& arguments) {
    const auto start = Clock::now();
    const auto name = tenant_name(arguments);
    const auto text = tenant_text(arguments);
    const auto gateway = cli::load_gateway(context);
    const auto path = tenants::tenant_path(gateway, name);
    // Said before it is asked for rights.
    const auto form = tenants::read_and_check(gateway, name, text);
    if (!form.ok()) throw InputError(form.diagnostics);

    apply::Kernel kernel;
    const auto lock = take_lock(context, arguments);
    settle_pending(context, gateway);
    if (access(path.c_str(), F_OK) == 0)
        throw UsageError(fmt::format("tenant {} exists already: {}", name, path));
    auto index = open_index(context, gateway);
    const auto tenant = check_against_others(index, gateway, name, text);
    tenants::write_text(path, text, tenants::Existing::refuse);
    index.written(tenant);
    ProgressLine line;
    try {
        const auto outcome = apply::apply_tenant(kernel, gateway, tenant, nullptr, progress_on(line));
        line.clear();
        record(context, gateway, new_entry(context, outcome), name, text);
        report(context, name, outcome, seconds_since(start));
    } catch (Error& refused) {
        line.clear();
        tenants::remove_file(path);
        index.removed(name);
        try {
            apply::remove_tenant(kernel, gateway, tenant, {});
        } catch (const Error& error) {
            throw Error(
                fmt::format("{}\nTaking back what was made failed too: {}", refused.what(), error.what()),
                refused.code());
        }
        throw Error(fmt::format("{}\nThe tenant was not added: what was made is taken back, {} is not kept.",
                                refused.what(), path),
                    refused.code());
    }
    return kDone;
}

int run_tenant_list(const Context& context, const Arguments&) {
    const auto config = load_config(context);
    if (context.json) {
        auto list = nlohmann::json::array();
        for (const auto& [name, tenant] : config.tenants)
            list.push_back(nlohmann::json(tenants::to_json(tenant)));
        print_json(list);
        return kDone;
    }
    std::vector<std::vector<std::string>> rows = {{"TENANT", "ID", "OVERLAY", "KEY", "HOSTS", "PUBLIC"}};
    for (const auto& [name, tenant] : config.tenants) {
        rows.push_back({name, std::to_string(tenant.id.value),
                        std::string(tenants::name_of(tenant.overlay.type.value)), key_of(tenant.overlay),
                        std::to_string(tenant.hosts.size()), publics(tenant)});
    }
    fmt::print("{}", aligned(rows));
    return kDone;
}

int run_tenant_show(const Context& context, const Arguments& arguments) {
    const auto name = tenant_name(arguments);
    const auto gateway = cli::load_gateway(context);
    const auto tenant = cli::load_tenant(gateway, name);
    const auto id = tenant.id.value;
    const auto desired = apply::only(desired::tenant(gateway, tenant, apply::offload_here(gateway)), id);

    // What the file says needs no right; what the kernel has does.
    bool asked = true;
    apply::Diff changes;
    state::State current;
    try {
        apply::Kernel kernel;
        current = apply::only(kernel.observe_tenant(id, desired, {}), id);
        current.nft.frame = desired.nft.frame;
        changes = apply::diff(current, desired);
    } catch (const Error& error) {
        if (error.code() != EPERM) throw;
        asked = false;
    }
    const state::State none;
    const auto objects = apply::plan(apply::diff(none, desired), {{id, name}});
    const auto drift = apply::plan(changes, {{id, name}});
    if (context.json) {
        nlohmann::json document = tenants::to_json(tenant);
        auto& list = document["objects"] = nlohmann::json::array();
        for (const auto& group : objects) {
            for (const auto& line : group.lines) list.push_back(line.command);
        }
        document["drift"] = asked ? apply::plan_json(drift) : nlohmann::json();
        print_json(document);
        return kDone;
    }
    fmt::print("{}",
               aligned({{"tenant", name},
                        {"id", std::to_string(id)},
                        {"file", tenant.place.file.str()},
                        {"overlay", fmt::format("{} key {}{}", tenants::name_of(tenant.overlay.type.value),
                                                key_of(tenant.overlay),
                                                tenant.overlay.is_shared() ? ", shared device" : "")},
                        {"public", publics(tenant)}}));
    fmt::print("\nhosts\n");
    std::vector<std::vector<std::string>> rows;
    for (const auto& host : tenant.hosts) {
        const auto port = host.node_port ? fmt::format(" port {}", host.node_port->value) : std::string();
        rows.push_back({host.address.value.str(), "node " + host.node.value.str() + port,
                        host.mac ? host.mac->value.str() : std::string()});
    }
    fmt::print("{}\nkernel objects\n", aligned(rows, 2));
    for (const auto& group : objects) {
        for (const auto& line : group.lines) fmt::print("  {}\n", line.command);
    }
    if (!asked) {
        fmt::print("\nWhether the kernel has them: needs CAP_NET_ADMIN\n");
    } else if (changes.empty()) {
        fmt::print("\nall of them are in the kernel\n");
    } else {
        fmt::print("\ndiffers in the kernel (`gwctl apply` repairs it)\n{}",
                   apply::plan_text(drift, context.colour));
    }
    return kDone;
}

int run_tenant_remove(const Context& context, const Arguments& arguments) {
    const auto start = Clock::now();
    const auto name = tenant_name(arguments);
    const auto gateway = cli::load_gateway(context);
    const auto tenant = cli::load_tenant(gateway, name);
    apply::Kernel kernel;
    const auto lock = take_lock(context, arguments);
    settle_pending(context, gateway);
    ProgressLine line;
    const auto outcome = apply::remove_tenant(kernel, gateway, tenant, progress_on(line));
    line.clear();
    tenants::Index index(gateway, index_path());
    tenants::remove_file(tenants::tenant_path(gateway, name));
    index.removed(name);
    record(context, gateway, new_entry(context, outcome), name, std::nullopt);
    report(context, name, outcome, seconds_since(start));
    return kDone;
}

}  // namespace nvi::cli
