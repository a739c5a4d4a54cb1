// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator wrote, as values: one Gateway, many Tenants. Every value remembers where it stands
// in its file, so that a check made later can still point at it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/address.hpp"

namespace nvi::tenants {

// A place in a file; line and column count from 1, 0 when the file as a whole is meant.
struct Place {
    std::string file;
    uint32_t line{};
    uint32_t column{};
};

template <typename T>
struct At {
    T value{};
    Place place;
};

struct Gateway {
    std::vector<At<std::string>> outside;  // uplink devices
    std::vector<At<Prefix>> public_prefixes;
    std::string tenants_directory;  // absolute or relative to the working directory
    At<Address> underlay;           // tunnel source
    uint32_t underlay_mtu = 1500;   // bytes
    bool offload = true;
};

enum class OverlayType : uint8_t { gretap, vxlan };

struct Overlay {
    OverlayType type = OverlayType::gretap;
    At<uint32_t> key;                 // GRE key or VNI
    uint16_t port = 4789;             // vxlan only
    std::vector<At<Prefix>> gateway;  // the gateway's own addresses inside the tenant
};

struct Host {
    At<Address> address;
    At<Address> node;
    std::optional<At<Mac>> mac;
};
struct Floating {
    At<Address> public_address;
    At<Address> private_address;
};
struct Snat {
    At<Prefix> from;
    std::vector<At<Address>> to;
};
struct Forward {
    At<uint8_t> protocol;  // IPPROTO_*
    At<Address> public_address;
    uint16_t public_port{};
    At<Address> private_address;
    uint16_t private_port{};
};

struct Tenant {
    std::string name;
    Place place;
    At<uint32_t> id;
    Overlay overlay;
    std::vector<Host> hosts;
    std::vector<Floating> floating;
    std::vector<Snat> snat;
    std::vector<Forward> forwards;
};

struct Config {
    Gateway gateway;
    std::map<std::string, Tenant> tenants;  // by name
};

}  // namespace nvi::tenants
