// SPDX-License-Identifier: GPL-2.0-or-later
// peers, peer export: nodes behind NAT.
#include "gateway/cli/peers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/files.hpp"
#include "gateway/cli/output.hpp"
#include "gateway/net/error.hpp"
#include "peerd/control.hpp"
#include "peers/keepalive.hpp"
#include "peers/path.hpp"
#include "tenants/file.hpp"
#include "tenants/peers.hpp"

namespace nvi::cli {

namespace {

// Those that are not zero: "2 replayed, 1 wrong_source".
std::string refusals(const nlohmann::json& counts) {
    std::string text;
    for (const auto& [reason, count] : counts.items()) {
        if (count.get<uint64_t>() == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.get<uint64_t>(), reason);
    }
    return text.empty() ? "none" : text;
}

std::vector<std::string> row(const nlohmann::json& peer) {
    const bool heard = peer.contains("last_keepalive");
    return {peer.at("tenant"),
            peer.at("name"),
            peer.at("state"),
            peer.value("endpoint", "-"),
            heard ? fmt::format("{:.0f} s", peer.at("last_keepalive").get<double>()) : "-",
            heard ? std::to_string(peer.at("rebindings").get<uint32_t>()) : "-",
            peer.at("vtep"),
            refusals(peer.at("refused"))};
}

// That nobody listens at the socket.
bool is_absent(const Error& error) {
    return error.code() == ENOENT || error.code() == ECONNREFUSED;
}

const tenants::Peer& find(const tenants::Tenant& tenant, const std::string& name) {
    const auto peer =
        std::ranges::find_if(tenant.peers, [&](const auto& one) { return one.name.value == name; });
    if (peer == tenant.peers.end()) throw Error("tenant " + tenant.name + " has no peer \"" + name + "\"");
    return *peer;
}

}  // namespace

void peers_away() {
    try {
        daemon::ask(daemon::socket_path(), "down");
        return;
    } catch (const Error& error) {
        if (!is_absent(error)) throw;
    }
    peers::remove_path(peers::map_folder());
}

void peers_back() {
    try {
        daemon::ask(daemon::socket_path(), "up");
    } catch (const Error& error) {
        if (!is_absent(error)) fmt::print(stderr, "gwctl: {}\n", error.what());
    }
}

int run_peers(const Context& context, const Arguments& arguments) {
    auto document =
        daemon::ask(arguments.has("socket") ? arguments.value("socket", "") : daemon::socket_path(), "peers");
    if (!arguments.positionals.empty()) {
        const std::string& tenant = arguments.positionals[0];
        auto& list = document.at("peers");
        nlohmann::json some = nlohmann::json::array();
        for (auto& peer : list) {
            if (peer.at("tenant") == tenant) some.push_back(std::move(peer));
        }
        list = std::move(some);
    }
    if (context.json) {
        print_json(document);
        return kDone;
    }
    std::vector<std::vector<std::string>> rows{
        {"TENANT", "PEER", "STATE", "IS AT", "HEARD", "MOVED", "VTEP", "REFUSED"}};
    for (const auto& peer : document.at("peers")) rows.push_back(row(peer));
    fmt::print("{}", aligned(rows));
    fmt::print("refused, of nobody's: {}\n", refusals(document.at("refused")));
    return kDone;
}

int run_peer_export(const Context& context, const Arguments& arguments) {
    const auto gateway = cli::load_gateway(context);
    const auto tenant = cli::load_tenant(gateway, arguments.positionals[0]);
    const auto& peer = find(tenant, arguments.positionals[1]);
    const std::string path = tenants::secret_path(gateway, peer);
    std::string text;
    try {
        text = tenants::read_text(path);
    } catch (const Error& error) {
        throw Error(fmt::format("peer {}: secret {}: {}; `(umask 077; openssl rand -hex 32 >{})` makes one",
                                peer.name.value, path, error.what(), path));
    }
    const auto secret = peers::parse_secret(text);
    if (!secret) throw Error("peer " + peer.name.value + ": secret " + path + ": not 64 hexadecimal digits");

    fmt::print(
        "# {} of {}: for gwpeer on that node, /etc/gwpeer.conf, mode 600: it holds the peer's secret.\n",
        peer.name.value, tenant.name);
    fmt::print("name = {}\nserver = {}\nport = {}\nvni = {}\nmac = {}\nmtu = {}\n", peer.name.value,
               arguments.value("server", gateway.underlay.value.str()), tenant.overlay.listens_at(),
               tenant.overlay.key.value, peer.mac.value().value.str(), gateway.underlay_mtu - 50);
    for (const auto& host : peer.hosts) {
        for (const auto& own : tenant.overlay.gateway) {
            if (!own.value.contains(host.value)) continue;
            fmt::print("address = {}\n", Prefix(host.value, own.value.length()).str());
            if (&host == &peer.hosts.front()) fmt::print("gateway = {}\n", own.value.address().str());
        }
    }
    fmt::print("secret = {}\n", peers::to_text(*secret));
    return kDone;
}

}  // namespace nvi::cli
