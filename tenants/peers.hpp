// SPDX-License-Identifier: GPL-2.0-or-later
// Peers as hosts: inside the gateway a peer is a node with an address that never changes.
#pragma once

#include <string>

#include "tenants/diagnostics.hpp"
#include "tenants/model.hpp"

namespace nvi::tenants {

// The UDP port of the vxlan of the host's node.
uint16_t port_of(const Tenant& tenant, const Host& host);

// Whether nvi-peerd has a part in reaching the tenant's hosts.
bool needs_peerd(const Tenant& tenant);

// Gives each peer its VTEP address and MAC, and enters its hosts among the tenant's, behind that VTEP; and
// hosts of nodes whose ports are rewritten theirs.
void enter_peers(Tenant& tenant, const Gateway& gateway, Diagnostics& diagnostics);

// That the range of peers' VTEP addresses is one.
void check_peer_range(const Gateway& gateway, Diagnostics& diagnostics);

// The peer's secret file: absolute, or relative to gateway.toml's folder.
std::string secret_path(const Gateway& gateway, const Peer& peer);

}  // namespace nvi::tenants
