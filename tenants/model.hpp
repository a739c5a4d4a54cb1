// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator wrote, as values: one Gateway, many Tenants. Every value remembers where it stands
// in its file, so that a check made later can still point at it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/address.hpp"

namespace nvi::tenants {

// A file's path, shared by all values of that file: ten thousand files have some 100,000 places.
class FileName {
  public:
    FileName() = default;  // no file
    FileName(std::string path) : path_(std::make_shared<const std::string>(std::move(path))) {}
    FileName(const char* path) : FileName(std::string(path)) {}
    const std::string& str() const;
    operator const std::string&() const { return str(); }
    std::string_view base() const;  // the last component
    bool empty() const { return str().empty(); }

  private:
    std::shared_ptr<const std::string> path_;
};

// A place in a file; line and column count from 1, 0 when the file as a whole is meant. A column is a
// code point. Values that were not read from a file have no place.
struct Place {
    FileName file;
    uint32_t line{};
    uint32_t column{};

    // "acme.toml:7:11", "acme.toml" when the file as a whole is meant. The path as it was opened.
    std::string str() const;
    // The same with the last component of the path only.
    std::string short_str() const;
};

// Two are equal when their values are, wherever they stand.
template <typename T>
struct At {
    T value{};
    Place place;

    friend bool operator==(const At& a, const At& b) { return a.value == b.value; }
};

// What carries the packets of virtual services: XDP, or the kernel's own IPVS.
enum class DataPath : uint8_t { automatic, xdp, ipvs };

enum class OverlayType : uint8_t { gretap, vxlan, gre, ipip };

struct Gateway {
    Place place;                           // its file
    std::vector<At<std::string>> outside;  // uplink devices
    std::vector<At<Prefix>> public_prefixes;
    At<std::string> tenants = {"tenants.d", {}};     // as written: relative to the file's folder
    std::string tenants_directory;                   // absolute or relative to the working directory
    std::string state = "/var/lib/nvi-gateway";      // as written
    At<Address> underlay;                            // tunnel source
    std::optional<At<std::string>> underlay_device;  // the only one
    uint32_t underlay_mtu = 1500;                    // bytes
    At<Prefix> peer_range = {{Address::v4(0x64400000), 10}, {}};  // virtual VTEP addresses of peers
    bool peer_relays = false;                                     // peers come by relays on this machine, too
    std::vector<At<OverlayType>> shared;  // one device for many tenants: gretap, vxlan
    uint16_t shared_port = 4789;          // of the shared vxlan
    bool shares(OverlayType type) const;
    bool offload = true;
    DataPath data_path = DataPath::automatic;
    std::optional<At<Address>> source6;  // of packets to IPv6 backends outside
};

std::string_view name_of(OverlayType type);
// Whether the tunnel carries Ethernet frames, and so MACs.
bool is_ethernet(OverlayType type);
// Bytes that the tunnel adds to a packet of a tenant's, over an underlay of this family.
uint32_t overhead(OverlayType type, Family underlay);

// Where a host's node is looked up: in a route each, or in a BPF map.
enum class Destinations : uint8_t { routes, map };
// Whether the tenant has a tunnel device of its own, or is one of many on the gateway's shared one.
enum class Device : uint8_t { own, shared };

// The UDP port that vxlan packets are sent from: one for each flow, or the one that the gateway listens at.
enum class SourcePort : uint8_t { flow, fixed };

struct Overlay {
    At<OverlayType> type = {OverlayType::gretap, {}};
    At<uint32_t> key;                // GRE key or VNI; 0: none (ipip)
    At<uint16_t> port = {4789, {}};  // vxlan only: the nodes', and the gateway's where it has no other
    std::optional<At<uint16_t>> listen_port;  // the gateway's
    At<SourcePort> source_port = {SourcePort::flow, {}};
    At<Destinations> destinations = {Destinations::routes, {}};
    At<Device> device = {Device::own, {}};
    std::optional<At<Address>> remote;  // the node of all addresses that are no [[host]]: a plain site
    bool is_shared() const { return device.value == Device::shared; }
    std::vector<At<Prefix>> gateway;  // the gateway's own addresses inside the tenant

    uint16_t listens_at() const { return listen_port ? listen_port->value : port.value; }
    bool operator==(const Overlay&) const = default;
};

struct Host {
    At<Address> address;
    At<Address> node;
    std::optional<At<uint16_t>> node_port;  // UDP of the node's vxlan; absent: the overlay's
    std::optional<At<Mac>> mac;
    Address vtep;  // set by enter_nodes(): stands for the node inside the gateway; unspecified: the node does
                   // itself

    const Address& outer() const { return vtep.is_unspecified() ? node.value : vtep; }
    bool operator==(const Host&) const = default;
};
// A host behind NAT, or several: where it is, is learnt from its keepalives.
struct Peer {
    At<std::string> name;         // as a tenant's name, unique in the tenant
    At<std::string> secret_file;  // as written: relative to gateway.toml's folder
    std::vector<At<Address>> hosts;
    std::optional<At<Mac>> mac;  // of all its hosts; absent: computed from the first one's address
    At<Address> vtep;            // set by enter_peers(): the node of its hosts

    bool operator==(const Peer&) const = default;
};
struct Floating {
    At<Address> public_address;
    At<Address> private_address;

    bool operator==(const Floating&) const = default;
};
struct PortRange {
    uint16_t first{};
    uint16_t last{};  // the same when there is one
    uint32_t size() const { return uint32_t{last} - first + 1; }
    std::string str() const;

    bool operator==(const PortRange&) const = default;
};
struct Snat {
    At<Prefix> from;
    std::vector<At<Address>> to;
    std::optional<At<PortRange>> ports;  // of each address; absent: the kernel's choice
    std::optional<At<uint32_t>> block;   // ports of each source's own, of `ports`
    PortRange shared_ports() const;      // 1024 to 65535 when the file says nothing

    bool operator==(const Snat&) const = default;
};
// Ports of a public address handed to ports of a host: one each in order, or all to one.
struct Forward {
    At<uint8_t> protocol;  // IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP
    At<Address> public_address;
    PortRange public_ports;
    At<Address> private_address;
    PortRange private_ports;  // as many, or one

    bool operator==(const Forward&) const = default;
};
enum class Scheduler : uint8_t { maglev, round_robin, source_hash };
std::string_view name_of(Scheduler scheduler);
struct Backend {
    At<Address> address;
    At<uint32_t> weight = {1, {}};  // 0: is being drained

    bool operator==(const Backend&) const = default;
};
enum class CheckType : uint8_t { tcp, http };
// How gatewayd finds out whether a service's backends are alive.
struct Check {
    CheckType type = CheckType::tcp;
    uint32_t port{};         // of the backend; 0: the service's first
    std::string path = "/";  // http: any answer of 2xx or 3xx is good
    uint32_t interval = 5;   // seconds
    uint32_t timeout = 2;    // seconds
    uint32_t rise = 2;       // good ones in a row until it is alive again
    uint32_t fall = 3;       // bad ones in a row until it is not

    bool operator==(const Check&) const = default;
};
// A virtual service: a public address whose packets go to backends untouched, which answer by themselves.
struct Service {
    At<Address> vip;
    At<uint8_t> protocol;  // IPPROTO_TCP, IPPROTO_UDP
    At<PortRange> ports;
    Scheduler scheduler = Scheduler::maglev;
    std::vector<Backend> backends;
    std::optional<Check> check;

    bool operator==(const Service&) const = default;
};
std::string_view protocol_name(uint8_t protocol);  // "tcp", "udp", "sctp", "icmp", "esp", "gre"

// What another tenant and this one may reach of each other as it is, without NAT. It holds where both say so.
struct Peering {
    At<uint32_t> id;  // of the other tenant
    std::vector<At<Prefix>> local;
    std::vector<At<Prefix>> remote;

    bool operator==(const Peering&) const = default;
};
// Public addresses that the tenant's hosts have themselves. IPv6.
struct PublicPrefix {
    At<Prefix> prefix;

    bool operator==(const PublicPrefix&) const = default;
};

// What becomes of a new connection.
enum class Action : uint8_t { accept, drop, reject };
std::string_view name_of(Action action);
// As the tenant sees it: in is from outside to a host of the tenant.
enum class Direction : uint8_t { in, out };
std::string_view name_of(Direction direction);
// The protocol of a rule as a number, ICMP standing for ICMPv6 with IPv6 addresses. 0: all.
inline constexpr uint8_t kAnyProtocol = 0;
// The first rule that a connection's first packet meets decides. Addresses of hosts are the private ones.
struct Rule {
    At<Direction> direction;
    Action action = Action::accept;
    At<uint8_t> protocol;              // kAnyProtocol: all
    std::vector<At<PortRange>> ports;  // of destination; empty: all
    std::vector<At<Prefix>> from;      // source; empty: all
    std::vector<At<Prefix>> to;        // destination; empty: all
    bool log = false;

    bool operator==(const Rule&) const = default;
};
// What becomes of a connection that no rule decides.
struct Firewall {
    Action in = Action::drop;
    Action out = Action::accept;
    bool log = false;  // what is not accepted

    bool operator==(const Firewall&) const = default;
};

// Bits a second.
struct BitRate {
    uint64_t value{};
    // "800k", "50M", "1G": thousands, millions, milliards. Empty when the text is none, below 8 bit/s or
    // above 1000G.
    static std::optional<BitRate> parse(std::string_view text);
    std::string str() const;

    auto operator<=>(const BitRate&) const = default;
};
// What a tenant may take of the machine; empty: as much as there is.
struct Limits {
    std::optional<At<uint32_t>> connections;      // at a time
    std::optional<At<uint32_t>> new_connections;  // a second
    std::optional<At<BitRate>> rate_in;           // from outside, of IP packets
    std::optional<At<BitRate>> rate_out;
    std::optional<At<uint32_t>> packets_in;  // a second
    std::optional<At<uint32_t>> packets_out;
    bool by_packet() const { return rate_in || rate_out || packets_in || packets_out; }

    bool operator==(const Limits&) const = default;
};

struct Tenant {
    std::string name;
    Place place;  // its file
    At<uint32_t> id;
    Overlay overlay;
    std::vector<Host> hosts;  // the peers' too
    std::vector<Peer> peers;
    std::vector<Floating> floating;
    std::vector<Snat> snat;
    std::vector<Forward> forwards;
    std::vector<PublicPrefix> prefixes;
    std::vector<Peering> peerings;
    // With neither firewall nor rules a tenant is open in both directions.
    std::optional<Firewall> firewall;
    std::vector<Rule> rules;
    Limits limits;
    bool filtered() const { return firewall.has_value() || !rules.empty(); }
    std::vector<Service> services;
};
// The same name and values, wherever they stand.
bool operator==(const Tenant& a, const Tenant& b);

struct Config {
    Gateway gateway;
    std::map<std::string, Tenant> tenants;  // by name
    int64_t read_at{};                      // nanoseconds since 1970: before the first file was read
};

inline constexpr uint32_t kLowestId = 256;
inline constexpr uint32_t kHighestId = 65535;
inline constexpr uint32_t kHighestVni = (1U << 24) - 1;

// [a-z][a-z0-9-]{0,30}
bool is_tenant_name(std::string_view name);

}  // namespace nvi::tenants
