// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of keys of tenants' files. A new key is a row here and a member of the model.
#include "tenants/keys.hpp"

#include <netinet/in.h>

#include <string>

#include "gateway/net/error.hpp"

namespace nvi::tenants {

namespace {

constexpr Need kRequired = Need::required;
constexpr Need kOptional = Need::optional;

const Table<Host>& host_keys() {
    static const Table<Host> table(
        "[[host]]", "A host of the tenant.",
        {
            value(kRequired, "address", &Host::address, "The host's address inside the tenant.",
                  R"("10.0.0.7")"),
            value(kRequired, "node", &Host::node, "The underlay address of the machine that the host is on.",
                  R"("172.16.0.11")"),
            value(kOptional, "node-port", &Host::node_port,
                  "The UDP port of the node's vxlan, where it is not the overlay's (needs nvi-peerd).",
                  "4790", {}, integer_between(1, 65535)),
            value(kOptional, "mac", &Host::mac,
                  "The host's MAC; learnt by ARP through the tunnel when absent.", R"("02:00:00:00:00:07")"),
        });
    return table;
}

const Table<Peer>& peer_keys() {
    static const Table<Peer> table(
        "[[peer]]", "Hosts behind NAT, whose address and port outside are learnt from keepalives.",
        {
            value(kRequired, "name", &Peer::name, "The peer's name, unique in the tenant.", R"("branch-1")"),
            value(
                kRequired, "secret-file", &Peer::secret_file,
                "A file with 64 hexadecimal digits, the secret that its keepalives are signed with; relative "
                "to gateway.toml.",
                R"("secrets/acme-branch-1")"),
            value(kRequired, "hosts", &Peer::hosts,
                  "The addresses inside the tenant that the peer may use. The first is an IPv4 address.",
                  R"(["10.0.0.7"])", {}, some_of<Address>()),
            value(kOptional, "mac", &Peer::mac,
                  "The peer's MAC inside the tenant; computed from its first host when absent.",
                  R"("02:00:00:00:00:07")"),
        });
    return table;
}

const Table<Floating>& floating_keys() {
    static const Table<Floating> table(
        "[[floating]]", "A public address bound 1:1 to a private one.",
        {
            value(kRequired, "public", &Floating::public_address, "The public address.", R"("203.0.113.10")"),
            value(kRequired, "private", &Floating::private_address, "The host's address inside the tenant.",
                  R"("10.0.0.7")"),
        });
    return table;
}

const Table<Snat>& snat_keys() {
    static const Table<Snat> table(
        "[[snat]]", "Public addresses that a prefix of the tenant leaves by.",
        {
            value(kRequired, "from", &Snat::from, "A prefix inside the tenant.", R"("10.0.0.0/24")"),
            value(kRequired, "to", &Snat::to, "The public addresses.", R"(["203.0.113.11"])", {},
                  some_of<Address>()),
            value(kOptional, "ports", &Snat::ports,
                  "The ports of each public address that connections leave by; IPv4 only.",
                  R"("20000-29999")"),
            value(kOptional, "block", &Snat::block,
                  "How many of these ports each host of the prefix has for itself (RFC 7422), so that whose "
                  "a port was can be computed.",
                  "1024", {}, integer_between(1, 64512)),
        });
    return table;
}

const Table<Forward>& forward_keys() {
    static const Table<Forward> table(
        "[[forward]]", "A public port, or a range of them, handed to a private one.",
        {
            value(kRequired, "protocol", &Forward::protocol, "The transport protocol.", R"("tcp")", {},
                  one_of({{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}})),
            endpoint("public", &Forward::public_address, &Forward::public_ports,
                     "The public address and port, or ports as in 203.0.113.11:8000-8099.",
                     R"("203.0.113.11:8080")"),
            endpoint("private", &Forward::private_address, &Forward::private_ports,
                     "The host's address inside the tenant, and its port, or as many ports.",
                     R"("10.0.0.7:80")"),
        });
    return table;
}

const Table<PublicPrefix>& prefix_keys() {
    static const Table<PublicPrefix> table(
        "[[prefix]]",
        "A public IPv6 prefix that the tenant's hosts have addresses of: it is routed, not translated.",
        {
            value(kRequired, "public", &PublicPrefix::prefix,
                  "The prefix, inside of a gateway prefix of the overlay.", R"("2001:db8:100:a::/64")"),
        });
    return table;
}

const Table<Peering>& peering_keys() {
    static const Table<Peering> table(
        "[[peering]]",
        "Another tenant, whose hosts and this one's reach each other without NAT if its file says the same.",
        {
            value(kRequired, "id", &Peering::id, "The other tenant's id.", "1002", {},
                  integer_between(kLowestId, kHighestId)),
            value(kRequired, "local", &Peering::local, "Prefixes of this tenant that the other may reach.",
                  R"(["10.0.0.0/24"])", {}, some_of<Prefix>()),
            value(kRequired, "remote", &Peering::remote, "Prefixes of the other that this one reaches.",
                  R"(["10.2.0.0/24"])", {}, some_of<Prefix>()),
        });
    return table;
}

const Table<Backend>& backend_keys() {
    static const Table<Backend> table(
        "a backend", "A real server.",
        {
            value(kRequired, "address", &Backend::address,
                  "Its address: a host of the tenant, or one that the gateway has a route to.",
                  R"("172.16.0.21")"),
            value(kOptional, "weight", &Backend::weight,
                  "Its share of new connections beside the others'; 0 drains it.", "1", "1",
                  integer_between(0, 65535)),
        });
    return table;
}

const Table<Check>& check_keys() {
    static const Table<Check> table(
        "[service.check]", "How gatewayd finds out whether a backend is alive; without it nobody asks.",
        {
            value(kOptional, "type", &Check::type, "A TCP connection, or an HTTP request as well.",
                  R"("tcp")", R"("tcp")",
                  one_of({{"tcp", static_cast<uint32_t>(CheckType::tcp)},
                          {"http", static_cast<uint32_t>(CheckType::http)}})),
            value(kOptional, "port", &Check::port, "The backend's port; the service's first when absent.",
                  "80", {}, integer_between(1, 65535)),
            value(kOptional, "path", &Check::path, "What an HTTP request asks for.", R"("/health")",
                  R"("/")"),
            value(kOptional, "interval", &Check::interval, "Seconds between two checks.", "5", "5",
                  integer_between(1, 3600)),
            value(kOptional, "timeout", &Check::timeout, "Seconds until no answer is a bad one.", "2", "2",
                  integer_between(1, 60)),
            value(kOptional, "rise", &Check::rise, "Good answers in a row until a backend is used again.",
                  "2", "2", integer_between(1, 100)),
            value(kOptional, "fall", &Check::fall, "Bad answers in a row until it is not.", "3", "3",
                  integer_between(1, 100)),
        });
    return table;
}

const Table<Service>& service_keys() {
    static const Table<Service> table(
        "[[service]]", "A public address whose packets go to real servers, which answer the client directly.",
        {
            value(kRequired, "vip", &Service::vip, "The public address.", R"("203.0.113.80")"),
            value(kRequired, "protocol", &Service::protocol, "The transport protocol.", R"("tcp")", {},
                  one_of({{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}})),
            value(kRequired, "port", &Service::ports, "The port, or a range of ports.", R"("80-81")"),
            value(kOptional, "scheduler", &Service::scheduler,
                  "Who gets a new connection: by a hash of the connection, by turns, or by a hash of its "
                  "source.",
                  R"("maglev")", R"("maglev")",
                  one_of({{"maglev", static_cast<uint32_t>(Scheduler::maglev)},
                          {"round-robin", static_cast<uint32_t>(Scheduler::round_robin)},
                          {"source-hash", static_cast<uint32_t>(Scheduler::source_hash)}})),
            nested_list("backend", &Service::backends, backend_keys()),
            nested_optional("check", &Service::check, check_keys()),
        });
    return table;
}

const Choice kActions[] = {{"accept", static_cast<uint32_t>(Action::accept)},
                           {"drop", static_cast<uint32_t>(Action::drop)},
                           {"reject", static_cast<uint32_t>(Action::reject)}};

Shape actions() {
    return one_of({std::begin(kActions), std::end(kActions)});
}

const Table<Firewall>& firewall_keys() {
    static const Table<Firewall> table(
        "[firewall]", "What becomes of connections that no rule decides.",
        {
            value(kOptional, "in", &Firewall::in, "Connections from outside.", R"("drop")", R"("drop")",
                  actions()),
            value(kOptional, "out", &Firewall::out, "Connections of the tenant's hosts.", R"("accept")",
                  R"("accept")", actions()),
            value(kOptional, "log", &Firewall::log,
                  "Whether connections that no rule accepts are sent to NFLOG group 110.", "true", "false"),
        });
    return table;
}

const Table<Rule>& rule_keys() {
    static const Table<Rule> table(
        "[[rule]]", "What becomes of new connections; the first rule that fits decides.",
        {
            value(kRequired, "direction", &Rule::direction, "in: from outside to a host; out: of a host.",
                  R"("in")", {},
                  one_of({{"in", static_cast<uint32_t>(Direction::in)},
                          {"out", static_cast<uint32_t>(Direction::out)}})),
            value(kRequired, "action", &Rule::action, "What becomes of the connection.", R"("accept")", {},
                  actions()),
            value(kOptional, "protocol", &Rule::protocol, "The protocol; icmp is ICMPv6, too.", R"("tcp")",
                  {},
                  one_of({{"tcp", IPPROTO_TCP},
                          {"udp", IPPROTO_UDP},
                          {"sctp", IPPROTO_SCTP},
                          {"icmp", IPPROTO_ICMP},
                          {"gre", IPPROTO_GRE},
                          {"esp", IPPROTO_ESP}})),
            value(kOptional, "ports", &Rule::ports, "Destination ports, and ranges of them.",
                  R"([80, "8000-8010"])", {}, some_of<PortRange>()),
            value(kOptional, "from", &Rule::from,
                  "Source prefixes; a host of the tenant has its private address.", R"(["198.51.100.0/24"])",
                  {}, some_of<Prefix>()),
            value(kOptional, "to", &Rule::to,
                  "Destination prefixes; a host of the tenant has its private address.", R"(["10.0.0.7"])",
                  {}, some_of<Prefix>()),
            value(kOptional, "log", &Rule::log, "Whether first packets that fit are sent to NFLOG group 110.",
                  "true", "false"),
        });
    return table;
}

const Table<Limits>& limits_keys() {
    static const Table<Limits> table(
        "[limits]", "What the tenant may take of the machine.",
        {
            value(kOptional, "connections", &Limits::connections,
                  "Connections at a time, both directions together; unless new-connections says less, as "
                  "many may "
                  "be new in a second.",
                  "20000", {}, integer_between(1, 10000000)),
            value(kOptional, "new-connections", &Limits::new_connections,
                  "New connections a second, both directions together; as many may come at once.", "500", {},
                  integer_between(1, 1000000)),
            value(kOptional, "rate-in", &Limits::rate_in, "Bits a second from outside, of IP packets.",
                  R"("50M")"),
            value(kOptional, "rate-out", &Limits::rate_out, "Bits a second to the outside, of IP packets.",
                  R"("50M")"),
            value(kOptional, "packets-in", &Limits::packets_in, "Packets a second from outside.", "20000", {},
                  integer_between(1, 100000000)),
            value(kOptional, "packets-out", &Limits::packets_out, "Packets a second to the outside.", "20000",
                  {}, integer_between(1, 100000000)),
        });
    return table;
}

}  // namespace

const Table<Tenant>& tenant_keys() {
    static const Table<Tenant> table(
        "a tenant's file", "A tenant's file. Its name is the tenant's.",
        {
            value(kRequired, "id", &Tenant::id,
                  "The tenant's number: its VRF table, its conntrack zone and its NVI id.", "1001", {},
                  integer_between(kLowestId, kHighestId)),
            nested(kRequired, "overlay", &Tenant::overlay, overlay_keys()),
            nested_list("host", &Tenant::hosts, host_keys()),
            nested_list("peer", &Tenant::peers, peer_keys()),
            nested_list("floating", &Tenant::floating, floating_keys()),
            nested_list("snat", &Tenant::snat, snat_keys()),
            nested_list("forward", &Tenant::forwards, forward_keys()),
            nested_list("prefix", &Tenant::prefixes, prefix_keys()),
            nested_list("peering", &Tenant::peerings, peering_keys()),
            nested_optional("firewall", &Tenant::firewall, firewall_keys()),
            nested_list("rule", &Tenant::rules, rule_keys()),
            nested(kOptional, "limits", &Tenant::limits, limits_keys()),
            nested_list("service", &Tenant::services, service_keys()),
        });
    return table;
}

const TableShape& tenant_file_shape() {
    return *tenant_keys().shape;
}

const TableShape& tenant_table_shape(std::string_view name) {
    for (const Key& key : tenant_file_shape().keys) {
        if (key.name == name && key.shape.table) return *key.shape.table;
    }
    throw Error("a tenant's file has no table " + std::string(name));
}

}  // namespace nvi::tenants
