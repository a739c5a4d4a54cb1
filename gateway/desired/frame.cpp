// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway's own objects: forwarding, policy rules, the nvi device, the nft frame.
#include "nft/frame.hpp"

#include "gateway/desired/features.hpp"
#include "gateway/desired/naming.hpp"
#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::desired {

namespace {

// Documentation/networking/vrf.rst: the local table is asked after the VRFs, so that a tenant may use
// an address that the gateway has too, and a VRF's packet meets one rule only.
constexpr uint32_t kLocalPriority = 32765;

// A public address that nobody has must not follow the default route back to where it came from. Last of
// all metrics: the operator may have a route to the same prefix.
void add_public_prefix(const Prefix& prefix, state::State& to) {
    to.routes.push_back({.table = state::kMainTable,
                         .destination = prefix.network(),
                         .metric = state::fallback_metric(0),
                         .type = state::RouteType::unreachable});
}

// The tunnels of tenants without one of their own, ports of nvi0.
void add_shared(const tenants::Gateway& gateway, state::State& to) {
    const auto& local = gateway.underlay.value;
    for (const auto& shared : gateway.shared) {
        const bool vxlan = shared.value == tenants::OverlayType::vxlan;
        state::LinkKind kind = state::SharedGretapLink{};
        if (vxlan) kind = state::SharedVxlanLink{local, gateway.shared_port};
        to.links.push_back({.name = vxlan ? state::kSharedVxlanName : state::kSharedGretapName,
                            .kind = kind,
                            .master = state::kNviName,
                            .mac = shared_mac(vxlan),
                            .mtu = gateway.underlay_mtu - tenants::overhead(shared.value, local.family()),
                            .alias = kAlias});
    }
}

}  // namespace

void add_frame(const tenants::Gateway& gateway, const Offload& offload, state::State& to) {
    to.sysctls.push_back({"net/ipv4/ip_forward", "1"});
    to.sysctls.push_back({"net/ipv6/conf/all/forwarding", "1"});
    // What is forwarded is nobody's socket's: looking for one costs every packet.
    to.sysctls.push_back({"net/ipv4/ip_early_demux", "0"});
    // Hairpin enters and leaves by nvi0: the kernel would send the tenant a redirect.
    to.sysctls.push_back({"net/ipv4/conf/all/send_redirects", "0"});

    // A tenant's 1,000 fragments a second that never become a packet hold 2.3 kB each, three seconds long.
    to.sysctls.push_back({"net/ipv4/ipfrag_time", "3"});
    to.sysctls.push_back({"net/ipv4/ipfrag_high_thresh", "67108864"});

    for (const Family family : {Family::v4, Family::v6}) {
        to.rules.push_back({.family = family, .priority = kLocalPriority, .table = state::kLocalTable});
    }
    const auto uplink = offload.on && !offload.uplinks.empty() ? offload.uplinks.front() : std::string();
    to.links.push_back({.name = state::kNviName, .kind = state::NviLink{uplink}, .alias = kAlias});
    add_shared(gateway, to);
    to.nft.frame = nft::frame_digest({.offload = offload.on});
    if (offload.on) {
        to.nft.flow_devices = offload.uplinks;
        to.nft.flow_devices.push_back(state::kNviName);
        // What offloaded packets are counted by: the flowtable adds them to their connection.
        to.sysctls.push_back({"net/netfilter/nf_conntrack_acct", "1"});
    }
    to.nft.elements.push_back(nft::underlay(gateway.underlay.value));
    for (const auto& device : gateway.outside) to.nft.elements.push_back(nft::outside(device.value));
    for (const auto& prefix : gateway.public_prefixes) add_public_prefix(prefix.value, to);
}

}  // namespace nvi::desired
