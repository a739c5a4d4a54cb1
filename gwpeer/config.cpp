// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the node's file.
#include "gwpeer/config.hpp"

#include <net/if.h>

#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "gateway/net/error.hpp"

namespace nvi::gwpeer {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// False when it is none, or not between the two.
template <typename Number>
bool number(std::string_view text, Number& value, uint32_t least, uint32_t most) {
    uint32_t read = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error != std::errc() || end != text.data() + text.size() || read < least || read > most) return false;
    value = static_cast<Number>(read);
    return true;
}

template <typename T, typename V>
bool set(const std::optional<T>& parsed, V& value) {
    if (parsed) value = *parsed;
    return parsed.has_value();
}

bool add(std::string_view text, std::vector<Prefix>& list) {
    const auto prefix = Prefix::parse(text);
    if (prefix) list.push_back(*prefix);
    return prefix.has_value();
}

bool set_relay(std::string_view text, std::optional<peers::Endpoint>& relay) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    peers::Endpoint endpoint;
    const auto address = Address::parse(text.substr(0, colon));
    if (!address || !address->is_v4() || !address->is_loopback()) return false;
    endpoint.address = *address;
    relay = endpoint;
    return number(text.substr(colon + 1), relay->port, 1, 65535);
}

// Shorter than `size`, and no path.
bool is_name(std::string_view text, size_t size) {
    return !text.empty() && text.size() < size && text.find_first_of("/: ") == std::string_view::npos &&
           text[0] != '.';
}

struct Key {
    const char* expected;
    std::function<bool(std::string_view, Config&)> set;
};

const std::map<std::string, Key, std::less<>>& keys() {
    static const std::map<std::string, Key, std::less<>> table{
        {"name",
         {"a name of 31 characters or fewer",
          [](auto text, Config& to) {
              to.name = text;
              return is_name(text, 32);
          }}},
        {"server",
         {"a name or an IPv4 address", [](auto text, Config& to) { return !(to.server = text).empty(); }}},
        {"port", {"a UDP port", [](auto text, Config& to) { return number(text, to.port, 1, 65535); }}},
        // 65535 has no port above it, which the kernel asks for (peers/links.cpp).
        {"local-port",
         {"a UDP port below 65535",
          [](auto text, Config& to) { return number(text, to.local_port, 1, 65534); }}},
        {"vni", {"1 to 16777215", [](auto text, Config& to) { return number(text, to.vni, 1, 16777215); }}},
        {"device",
         {"a device's name",
          [](auto text, Config& to) {
              to.device = text;
              return is_name(text, IFNAMSIZ);
          }}},
        {"mac", {"a MAC", [](auto text, Config& to) { return set(Mac::parse(text), to.mac); }}},
        {"mtu",
         {"576 to 65485 bytes", [](auto text, Config& to) { return number(text, to.mtu, 576, 65485); }}},
        {"address",
         {"an address with its prefix length",
          [](auto text, Config& to) { return add(text, to.addresses); }}},
        {"route", {"a prefix", [](auto text, Config& to) { return add(text, to.routes); }}},
        {"gateway",
         {"an address", [](auto text, Config& to) { return set(Address::parse(text), to.gateway); }}},
        {"interval",
         {"5 to 100 seconds", [](auto text, Config& to) { return number(text, to.interval, 5, 100); }}},
        {"relay",
         {"an address of 127.0.0.0/8 and a port",
          [](auto text, Config& to) { return set_relay(text, to.relay); }}},
        {"secret",
         {"64 hexadecimal digits",
          [](auto text, Config& to) { return set(peers::parse_secret(text), to.secret); }}},
    };
    return table;
}

}  // namespace

Config parse_config(std::string_view text, const std::string& file) {
    Config config;
    std::set<std::string, std::less<>> seen;
    size_t line = 0;
    const auto wrong = [&](const std::string& what) {
        return Error(file + ":" + std::to_string(line) + ": " + what);
    };
    while (!text.empty()) {
        ++line;
        const size_t end = text.find('\n');
        const auto whole = trimmed(text.substr(0, std::min(end, text.find('#'))));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (whole.empty()) continue;
        const size_t equals = whole.find('=');
        if (equals == std::string_view::npos) throw wrong("not \"key = value\"");
        const auto name = trimmed(whole.substr(0, equals));
        const auto key = keys().find(name);
        if (key == keys().end()) throw wrong("no such key: \"" + std::string(name) + "\"");
        if (!seen.emplace(name).second && name != "address" && name != "route")
            throw wrong("\"" + std::string(name) + "\" stands twice");
        // The value is not shown: it may be the secret.
        if (!key->second.set(trimmed(whole.substr(equals + 1)), config))
            throw wrong("\"" + std::string(name) + "\" must be " + key->second.expected);
    }
    for (const char* needed : {"name", "server", "vni", "mac", "address", "secret"}) {
        if (!seen.contains(needed)) throw Error(file + ": needs the key \"" + needed + "\"");
    }
    if (!config.addresses.front().address().is_v4()) throw Error(file + ": the first address must be IPv4");
    if (!config.routes.empty() && !config.gateway) throw Error(file + ": a route needs the key \"gateway\"");
    return config;
}

Config read_config(const std::string& file) {
    std::ifstream stream(file);
    if (!stream) throw Error::system(file, errno);
    std::ostringstream text;
    text << stream.rdbuf();
    return parse_config(text.str(), file);
}

}  // namespace nvi::gwpeer
