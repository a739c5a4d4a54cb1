// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's part for peers.
#include "peerd/peers.hpp"

#include <arpa/inet.h>
#include <linux/magic.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "gateway/net/error.hpp"
#include "peerd/rules.hpp"
#include "peerd/state_file.hpp"
#include "peerd/underlay.hpp"
#include "tenants/diagnostics.hpp"
#include "tenants/load.hpp"

namespace nvi::daemon {

namespace {

using peers::Binding;
using peers::Peer;

constexpr uint64_t kSecond = 1'000'000'000;  // ns

uint64_t now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

// To the journal, by stderr.
void log(const char* level, const std::string& text) {
    fprintf(stderr, "%s%s\n", level, text.c_str());
}

// Maps are pinned there, so it must be a bpf file system.
void check_map_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    struct statfs status {};
    if (statfs(folder.c_str(), &status) != 0) throw Error::system("maps " + folder, errno);
    if (static_cast<unsigned long>(status.f_type) != BPF_FS_MAGIC)
        throw Error("maps " + folder + ": no bpf file system: mount -t bpf bpf /sys/fs/bpf");
}

// The state folder is relative to gateway.toml, as for gwctl.
std::string state_path(const tenants::Gateway& gateway, const std::string& config) {
    const std::filesystem::path folder(gateway.state);
    return (std::filesystem::path(config).parent_path() / folder / "peers.json").string();
}

const char* condition(const Binding* binding) {
    if (binding == nullptr) return "never heard";
    return binding->bound() ? "up" : "expired";
}

}  // namespace

PeerService::PeerService(event::Loop& loop, Control& control, PeerOptions options)
    : loop_(loop), options_(std::move(options)), bindings_(now()) {
    // Only sends: a raw socket for UDP would be given a copy of every datagram.
    raw_ = Fd::adopt(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    if (!raw_) throw Error::system("raw socket", errno);
    begin();
    control.answer("peers", [this] { return report(); });
    control.answer("down", [this] {
        leave();
        return nlohmann::json::object();
    });
    control.answer("up", [this] {
        begin();
        return nlohmann::json::object();
    });
}

void PeerService::begin() {
    if (plane_) return;
    check_map_folder(options_.maps);
    plane_ = std::make_unique<peers::Plane>(options_.maps);
    restored_ = configured_ = false;
    try {
        reload();
    } catch (const Error&) {
        plane_.reset();  // what an earlier daemon attached goes on
        throw;
    }
    keepalives_.readable(loop_, plane_->descriptor(), [this] {
        plane_->read([this](const peers::Received& received) { receive(received); });
    });
    expiring_.every(loop_, 1'000'000, [this] { expire(); });
    saving_.every(loop_, 5'000'000, [this] { save(); });
}

void PeerService::leave() {
    for (event::Source* source : {&keepalives_, &expiring_, &saving_}) source->stop();
    if (configured_) save();
    plane_.reset();
    peers::remove_path(options_.maps);
}

PeerService::~PeerService() {
    try {
        save();
    } catch (const Error& error) {
        log(SD_ERR, error.what());
    }
}

void PeerService::reload() {
    if (!plane_) return;
    const auto loaded = tenants::load(options_.config);
    if (!loaded.ok()) {
        const std::string text = loaded.diagnostics.text();
        if (!configured_) throw Error(text);
        log(SD_ERR, "the files are wrong, all stays as it was:\n" + text);
        return;
    }
    try {
        configure(loaded.value);
        configured_ = true;
    } catch (const Error& error) {
        if (!configured_) throw;
        log(SD_ERR, error.what());
    }
}

std::vector<std::string> PeerService::folders() const {
    const auto folder = std::filesystem::path(options_.config).parent_path();
    return {folder.empty() ? "." : folder.string(),
            tenants::load_gateway(options_.config).value.tenants_directory};
}

void PeerService::configure(const tenants::Config& config) {
    if (options_.state.empty()) options_.state = state_path(config.gateway, options_.config);
    bindings_.configure(peers_of(config, [](const std::string& text) { log(SD_ERR, text); }));
    plane_->set_underlay(config.gateway.underlay.value);
    underlay_ = config.gateway.underlay.value;
    if (!restored_) restore();
    plane_->set_rules(rules_of(config));
    attach(config.gateway);
}

void PeerService::attach(const tenants::Gateway& gateway) {
    using peers::kVtepDevice;
    links_.make_dummy(kVtepDevice, gateway.underlay_mtu);
    // Before anything is sent there.
    plane_->attach_vtep(peers::index_of(kVtepDevice));
    links_.set_up(kVtepDevice);
    // By one next hop, that nobody is at: without it each peer would have a neighbour entry, of which there
    // are 1,024.
    links_.set_route(gateway.peer_range.value, kVtepDevice, Address::v4(0xc0000008), gateway.underlay.value);
    const auto devices = underlay_devices(gateway);
    std::vector<uint32_t> indexes;
    for (const std::string& device : devices) indexes.push_back(peers::index_of(device));
    plane_->attach_underlay(indexes);
    for (const std::string& device : devices) {
        if (filters_reverse_path(device))
            log(SD_ERR, "device " + device +
                            " filters the reverse path strictly, and peers' packets will be dropped: "
                            "sysctl net.ipv4.conf." +
                            device + ".rp_filter=2");
    }
}

void PeerService::apply(const std::vector<peers::Change>& changes) {
    for (const auto& change : changes) plane_->apply(change);
    changed_ = changed_ || !changes.empty();
}

void PeerService::receive(const peers::Received& received) {
    const auto outcome = bindings_.receive(received, now());
    if (outcome.refused) return;
    apply(outcome.changes);
    if (outcome.moved)
        log(SD_INFO, "tenant " + outcome.peer->tenant + ": peer " + outcome.peer->name + " is at " +
                         received.from.str());
    answer(received, outcome.answer.value());
}

void PeerService::expire() {
    const auto changes = bindings_.expire(now());
    apply(changes);
}

// From the port that the keepalive was sent to, as the NAT expects it.
void PeerService::answer(const peers::Received& received, const peers::Frame& frame) {
    struct {
        iphdr ip;
        udphdr udp;
        uint8_t vxlan[8];
        uint8_t frame[peers::kFrameSize];
    } __attribute__((packed)) packet{};
    static_assert(sizeof(packet) == 28 + 8 + peers::kFrameSize);
    packet.ip.version = 4;
    packet.ip.ihl = 5;
    packet.ip.ttl = 64;
    packet.ip.protocol = IPPROTO_UDP;
    std::memcpy(&packet.ip.saddr, underlay_.bytes().data(), 4);
    std::memcpy(&packet.ip.daddr, received.from.address.bytes().data(), 4);
    packet.udp.uh_sport = htons(received.listen);
    packet.udp.uh_dport = htons(received.from.port);
    packet.udp.uh_ulen = htons(static_cast<uint16_t>(sizeof(packet) - sizeof(packet.ip)));
    packet.vxlan[0] = 0x08;
    for (int i = 0; i < 3; ++i) packet.vxlan[4 + i] = static_cast<uint8_t>(received.vni >> (16 - 8 * i));
    std::memcpy(packet.frame, frame.data(), frame.size());
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = packet.ip.daddr;
    // An answer that is lost is one that the peer counts as lost.
    ::sendto(raw_.get(), &packet, sizeof(packet), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
             sizeof(to));
}

void PeerService::restore() {
    Known known;
    try {
        known = read_state(options_.state);
    } catch (const Error& error) {
        // Without it keepalives from before could be played again, so it is not passed over.
        throw Error(std::string(error.what()) +
                    "; without it old keepalives could be replayed: repair or delete it");
    }
    const auto there = plane_->bindings();
    for (const auto& [peer, binding] : there) known[peer] = binding;
    for (const auto& [peer, binding] : known) {
        bindings_.restore(peer, binding);
        if (there.contains(peer) || bindings_.binding(peer) == nullptr) continue;
        if (binding.bound()) plane_->apply(peers::TakeEndpoint{binding.endpoint, peer});
        plane_->apply(peers::SetBinding{peer, binding});
    }
    restored_ = true;
}

void PeerService::save() {
    if (!changed_) return;
    Known known;
    for (const Peer& peer : bindings_.peers()) {
        if (const Binding* binding = bindings_.binding(peer.key)) known[peer.key] = *binding;
    }
    write_state(options_.state, known);
    changed_ = false;
}

nlohmann::json PeerService::report() const {
    if (!plane_) return {{"error", "peers' packet path was taken away: `gwctl apply` brings it back"}};
    constexpr const char* kPacketRefusals[NVI_REFUSALS] = {"unknown_source", "other_vni", "wrong_source",
                                                           "other_protocol", "not_bound", "rate_limited"};
    const auto refused = [&](const peers::PeerKey& key, const auto& keepalives) {
        nlohmann::json counts = nlohmann::json::object();
        const auto packets = plane_->refused(key);
        for (size_t i = 0; i < packets.size(); ++i) counts[kPacketRefusals[i]] = packets[i];
        for (size_t i = 0; i < keepalives.size(); ++i)
            counts[std::string(name_of(static_cast<peers::Refusal>(i)))] = keepalives[i];
        return counts;
    };
    nlohmann::json list = nlohmann::json::array();
    const uint64_t time = now();
    for (const Peer& peer : bindings_.peers()) {
        const Binding* binding = bindings_.binding(peer.key);
        nlohmann::json entry{
            {"tenant", peer.tenant},       {"name", peer.name},
            {"vni", peer.key.vni},         {"vtep", peer.key.vtep.str()},
            {"state", condition(binding)}, {"refused", refused(peer.key, bindings_.refused(peer.key))}};
        if (binding != nullptr) {
            if (binding->bound()) entry["endpoint"] = binding->endpoint.str();
            entry["last_keepalive"] =
                static_cast<double>(time - std::min(time, binding->heard)) / double{kSecond};
            entry["rebindings"] = binding->rebindings;
        }
        list.push_back(std::move(entry));
    }
    return {{"peers", std::move(list)}, {"refused", refused({}, bindings_.refused_of_nobody())}};
}

}  // namespace nvi::daemon
