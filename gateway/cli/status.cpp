// SPDX-License-Identifier: GPL-2.0-or-later
// status: is it healthy.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "gateway/cli/change.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/cli/underlay.hpp"
#include "gateway/desired/desired.hpp"
#include "gateway/flows/statistics.hpp"
#include "nft/observe.hpp"
#include "services/uplink.hpp"

namespace nvi::cli {

namespace {

constexpr size_t kShownDrift = 20;  // lines; `plan` shows all

// "loaded, version 0.1.0", or "not loaded".
std::string module_state(bool& loaded) {
    const std::filesystem::path module = "/sys/module/nvi";
    loaded = std::filesystem::exists(module);
    if (!loaded) return "not loaded";
    std::ifstream file(module / "version");
    std::string version;
    return std::getline(file, version) ? "loaded, version " + version : "loaded";
}

// The first lines of a plan.
std::string shortened(const std::string& text) {
    size_t end = 0;
    for (size_t line = 0; line < kShownDrift; ++line) {
        end = text.find('\n', end);
        if (end == std::string::npos) return text;
        ++end;
    }
    return end == text.size() ? text : text.substr(0, end) + "  ... (`gwctl plan` shows all)\n";
}

// The kernel's flowtable has these devices of all that it should have.
size_t offloading(const desired::Offload& offload, const state::State& current) {
    return offload.on ? current.nft.flow_devices.size() : 0;
}

std::string offload_text(const desired::Offload& offload, const state::State& current) {
    if (!offload.on) return "off: " + offload.why_not;
    const size_t devices = offloading(offload, current);
    if (devices == 0) return "off: nothing is made yet";
    std::string text = fmt::format("on, {} devices", devices);
    if (offload.drop_metadata) {
        text += "; tunnels' metadata is dropped before the flowtable: " + offload.why_drop;
    }
    for (const auto& uplink : offload.missing) text += fmt::format("; uplink {} is not there", uplink);
    return text;
}

nlohmann::json offload_json(const desired::Offload& offload, const state::State& current) {
    const size_t devices = offloading(offload, current);
    return {{"on", devices != 0},
            {"why_not", devices != 0 ? ""
                        : offload.on ? "nothing is made yet"
                                     : offload.why_not},
            {"devices", devices},
            {"drop_metadata", offload.drop_metadata},
            {"why_drop_metadata", offload.why_drop},
            {"uplinks", offload.uplinks},
            {"missing_uplinks", offload.missing}};
}

size_t objects(const state::State& state) {
    return state.links.size() + state.addresses.size() + state.routes.size() + state.neighbours.size() +
           state.nft.elements.size();
}

// "2 by xdp, native on eth0", "1 by ipvs". Empty without services.
std::string services_text(const state::State& state) {
    if (state.services.empty()) return {};
    const bool xdp = state.services.front().path == state::DataPath::xdp;
    std::string text = fmt::format("{} by {}", state.services.size(), xdp ? "xdp" : "ipvs");
    std::string why;
    if (!xdp && !services::xdp_usable(why)) text += fmt::format(" (no xdp: {})", why);
    for (const auto& program : state.programs) {
        const auto mode = services::mode_of(program.device);
        text += fmt::format(", {} on {}", mode.empty() ? "missing" : mode, program.device);
    }
    return text;
}

// What sharing costs.
std::string shared_text(size_t tenants) {
    return fmt::format("{} tenant{} by shared devices, whose connections are not offloaded", tenants,
                       tenants == 1 ? "" : "s");
}

}  // namespace

int run_status(const Context& context, const Arguments&) {
    const auto config = load_config_to_compare(context);
    apply::Kernel kernel;
    const auto offload = apply::offload_here(config.gateway);
    const auto desired = desired::desired(config, offload);
    const auto current = kernel.observe(desired);
    const auto changes = apply::diff(current, desired);
    const auto totals = apply::totals(changes);
    const auto groups = apply::plan(changes, apply::names_of(current, names_of(config)));
    auto counters = nft::counters(kernel.netfilter());
    for (const auto& [reason, packets] : kernel.services().events())
        counters["service_" + reason] = {packets, 0};
    counters["no_port"] = {flows::without_port(kernel.netfilter()), 0};
    const auto services = services_text(current);
    const auto shared = static_cast<size_t>(std::ranges::count_if(
        config.tenants, [](const auto& entry) { return entry.second.overlay.is_shared(); }));
    bool loaded = false;
    const auto module = module_state(loaded);
    const auto warnings = underlay_warnings(kernel, config, desired);
    const bool made = !current.links.empty() || !current.nft.frame.empty();
    const bool healthy = loaded && changes.empty() && current.foreign.empty();

    if (context.json) {
        nlohmann::json drops;
        for (const auto& [name, counter] : counters)
            drops[name] = {{"packets", counter.packets}, {"bytes", counter.bytes}};
        print_json({{"healthy", healthy},
                    {"module", {{"loaded", loaded}}},
                    {"tenants", config.tenants.size()},
                    {"shared_tenants", shared},
                    {"objects", objects(current)},
                    {"drift",
                     {{"add", totals.add},
                      {"change", totals.change},
                      {"remove", totals.remove},
                      {"changes", apply::plan_json(groups)}}},
                    {"services", services},
                    {"offload", offload_json(offload, current)},
                    {"drops", drops},
                    {"warnings", warnings}});
        return healthy ? kDone : kRefused;
    }

    std::string drift;
    if (changes.empty()) {
        drift = "as the files say";
    } else if (!made) {
        drift = "nothing is made yet (`gwctl apply` makes it)";
    } else {
        drift = fmt::format("differs from the files: {} (`gwctl apply` repairs it)", apply::summary(totals));
    }
    std::string drops;
    for (const auto& [name, counter] : counters) {
        if (counter.packets != 0)
            drops += fmt::format("{}{} {}", drops.empty() ? "" : ", ", name, counter.packets);
    }
    const auto mark = [&](bool good, const std::string& text) {
        return context.colour ? fmt::format("\033[{}m{}\033[0m", good ? 32 : 31, text) : text;
    };
    fmt::print("{}",
               aligned({{"gateway", mark(healthy, healthy ? "healthy"
                                                  : made  ? "not healthy"
                                                          : "down")},
                        {"module", mark(loaded, module)},
                        {"kernel", mark(changes.empty(), drift)},
                        {"tenants", std::to_string(config.tenants.size())},
                        {"objects",
                         fmt::format("{} links, {} addresses, {} routes, {} neighbours, {} nft elements",
                                     current.links.size(), current.addresses.size(), current.routes.size(),
                                     current.neighbours.size(), current.nft.elements.size())},
                        {"services", services.empty() ? "none" : services},
                        {"offload", offload_text(offload, current)},
                        {"drops", drops.empty() ? "none" : drops}}));
    if (shared != 0) fmt::print("{}\n", shared_text(shared));
    for (const auto& warning : warnings) fmt::print("{}\n", warning);
    for (const auto& foreign : current.foreign) {
        fmt::print("device {} is in the way: the gateway did not make it\n", foreign.name);
    }
    if (!changes.empty() && made) fmt::print("\n{}", shortened(apply::plan_text(groups, context.colour)));
    return healthy ? kDone : kRefused;
}

}  // namespace nvi::cli
