// SPDX-License-Identifier: GPL-2.0-or-later
// A state written as the commands that would make it.
#include "tests/unit/apply/state_text.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "gateway/state/names.hpp"
#include "nft/elements.hpp"

namespace nvi::state {

namespace {

// The words of a line, taken one after the other or by the keyword in front of them.
class Words {
  public:
    explicit Words(const std::string& line) : line_(line) {
        std::string text = line;
        for (auto at = text.find('"'); at != std::string::npos; at = text.find('"', at + 1)) {
            const auto end = text.find('"', at + 1);
            std::replace(text.begin() + static_cast<long>(at), text.begin() + static_cast<long>(end), ' ',
                         '\1');
            at = end;
        }
        std::istringstream in(text);
        for (std::string word; in >> word;) {
            std::replace(word.begin(), word.end(), '\1', ' ');
            std::erase(word, '"');
            words_.push_back(word);
        }
    }
    bool take(const std::string& word) {
        const auto found = std::find(words_.begin(), words_.end(), word);
        if (found == words_.end()) return false;
        words_.erase(found);
        return true;
    }
    bool starts(std::initializer_list<const char*> words) {
        if (words_.size() < words.size() || !std::equal(words.begin(), words.end(), words_.begin()))
            return false;
        words_.erase(words_.begin(), words_.begin() + static_cast<long>(words.size()));
        return true;
    }
    std::string after(const std::string& keyword) {
        const auto found = std::find(words_.begin(), words_.end(), keyword);
        if (found == words_.end() || found + 1 == words_.end()) return {};
        std::string value = *(found + 1);
        words_.erase(found, found + 2);
        return value;
    }
    uint32_t number(const std::string& keyword) {
        const auto value = after(keyword);
        return value.empty() ? 0 : static_cast<uint32_t>(std::stoul(value));
    }
    std::string next() {
        if (words_.empty()) fail("ends too early");
        std::string word = words_.front();
        words_.erase(words_.begin());
        return word;
    }
    void done() const {
        if (!words_.empty()) fail("not understood: " + words_.front());
    }
    [[noreturn]] void fail(const std::string& why) const { throw std::runtime_error(line_ + ": " + why); }

  private:
    std::string line_;
    std::vector<std::string> words_;
};

template <typename T>
T must(std::optional<T> value, const Words& words) {
    if (!value) words.fail("no address");
    return *value;
}

TenantId tenant_of(const std::string& device) {
    const auto digits = device.find_first_of("0123456789");
    return device == "nvi0" || digits == std::string::npos
               ? 0
               : static_cast<TenantId>(std::stoul(device.substr(digits)));
}

uint32_t table(const std::string& name) {
    if (name == "main") return kMainTable;
    if (name == "local") return kLocalTable;
    return static_cast<uint32_t>(std::stoul(name));
}

void add_link(Words& words, State& to) {
    Link link;
    link.name = words.next();
    link.tenant = tenant_of(link.name);
    if (const auto mac = words.after("address"); !mac.empty()) link.mac = must(Mac::parse(mac), words);
    link.mtu = words.number("mtu");
    link.master = words.after("master");
    words.after("group");
    link.ipv6_autoconf = words.after("addrgenmode") == "eui64";
    link.noqueue = words.after("qdisc") != "other";
    link.drop_metadata = !words.after("ingress_block").empty();
    link.checks_source = words.after("accept_local") == "0";
    link.strict_source = words.number("rp_filter") == 1;
    link.ipv6_disabled = words.number("disable_ipv6") == 1;
    link.up = !words.take("down");
    words.take("up");
    link.alias = words.after("alias");
    const auto type = words.after("type");
    if (type == "nvi") link.kind = NviLink{words.after("link")};
    if (type == "vrf") link.kind = VrfLink{words.number("table")};
    if (link.name == kSharedGretapName) {
        link.kind = SharedGretapLink{words.take("external")};
    } else if (link.name == kSharedVxlanName) {
        words.take("external");
        const auto local = must(Address::parse(words.after("local")), words);
        link.kind = SharedVxlanLink{local, static_cast<uint16_t>(words.number("dstport"))};
    } else if (type == "gretap") {
        const auto key = words.number("key");
        const auto local = must(Address::parse(words.after("local")), words);
        link.kind = GretapLink{key, local, words.after("dev")};
    }
    if (type == "gre") {
        const auto key = words.number("key");
        const auto local = must(Address::parse(words.after("local")), words);
        link.kind = GreLink{key, local, words.after("dev")};
    }
    if (type == "sit") {
        words.after("mode");
        const auto local = must(Address::parse(words.after("local")), words);
        link.kind = SitLink{local, must(Address::parse(words.after("remote")), words)};
    }
    if (type == "vxlan" && link.name != kSharedVxlanName) {
        words.take("external");
        words.take("vnifilter");
        const auto local = must(Address::parse(words.after("local")), words);
        const auto port = static_cast<uint16_t>(words.number("dstport"));
        link.kind = VxlanLink{words.number("vni"), local, port};
    }
    to.links.push_back(link);
}

void add_route(Words& words, Family family, State& to) {
    Route route;
    if (words.take("unreachable")) route.type = RouteType::unreachable;
    if (words.take("blackhole")) route.type = RouteType::blackhole;
    const auto destination = words.next();
    route.destination =
        destination == "default" ? Prefix::any(family) : must(Prefix::parse(destination), words);
    route.table = table(words.after("table"));
    route.metric = words.number("metric");
    route.device = words.after("dev");
    words.take("inet6");
    if (const auto via = words.after("via"); !via.empty()) route.via = must(Address::parse(via), words);
    words.after("protocol");
    if (!words.after("encap").empty()) {
        route.encap = Encap{.id = words.number("id")};
        if (const auto node = words.after("dst"); !node.empty())
            route.encap->node = must(Address::parse(node), words);
        if (const auto source = words.after("src"); !source.empty())
            route.encap->source = must(Address::parse(source), words);
        route.encap->key_flag = words.take("key");
        route.encap->checksum = words.take("csum");
    }
    route.tenant = route.table == kMainTable ? static_cast<TenantId>(route.encap->id) : route.table;
    to.routes.push_back(route);
}

// "return" (accepted), or "goto" and a chain of the frame.
std::pair<nft::Verdict, bool> verdict(const std::vector<std::string>& parts, size_t at) {
    const auto& chain = parts.at(parts.at(at) == "goto" ? at + 1 : at);
    const auto is = [&](const char* word) { return chain.starts_with(word); };
    return {is("denied")     ? nft::Verdict::drop
            : is("rejected") ? nft::Verdict::reject
                             : nft::Verdict::accept,
            chain.ends_with("_logged")};
}

// "0x03e90001 . tcp . 198.51.100.0/24 . 443-500 : goto denied"
nft::Element firewall_rule(bool in, const std::vector<std::string>& parts, Words& words) {
    const auto mark = static_cast<uint32_t>(std::stoul(parts.at(0), nullptr, 16));
    const auto remote = must(Prefix::parse(parts.at(2)), words);
    const auto& ports = parts.at(3);
    const auto protocol = static_cast<uint8_t>(parts.at(1) == "tcp" ? IPPROTO_TCP : IPPROTO_UDP);
    const auto last = ports.find('-') == std::string::npos ? 0 : ports.find('-') + 1;
    const nft::FirewallKey key{static_cast<uint16_t>(mark),
                               protocol,
                               protocol,
                               remote.first(),
                               remote.last(),
                               static_cast<uint16_t>(std::stoul(ports)),
                               static_cast<uint16_t>(std::stoul(ports.substr(last)))};
    const auto [what, log] = verdict(parts, 4);
    return nft::firewall_rule(mark >> 16, in, key, what, log);
}

// "vrf1001 . tcp . 10.0.0.8 comment "tenant 1001" : 203.0.113.11 . 1024-1279"
nft::Element pool_with_ports(bool block, const std::vector<std::string>& parts, Words& words) {
    const auto& device = parts.at(0);
    const auto tenant = static_cast<uint32_t>(std::stoul(device.substr(3)));
    const auto source = must(Prefix::parse(parts.at(2)), words);
    const auto outer = must(Address::parse(parts.at(parts.size() - 2)), words);
    const auto& ports = parts.back();
    const auto first = static_cast<uint16_t>(std::stoul(ports));
    const auto last = static_cast<uint16_t>(std::stoul(ports.substr(ports.find('-') + 1)));
    if (block) return nft::snat_block(tenant, device, source.first(), outer, first, last).at(1);
    return nft::snat_ports(tenant, device, source.first(), source.last(), outer, first, last);
}

void add_element(Words& words, State& to) {
    const auto set = words.next();
    std::vector<std::string> parts;
    for (std::string word = words.next(); word != "}"; word = words.next()) {
        if (word != "{" && word != "." && word != ":") parts.push_back(word);
    }
    auto address = [&](size_t at) { return must(Address::parse(parts.at(at)), words); };
    auto id = [&](size_t at) { return static_cast<uint32_t>(std::stoul(parts.at(at))); };
    auto port = [&](size_t at) { return static_cast<uint16_t>(std::stoul(parts.at(at))); };
    auto& elements = to.nft.elements;
    if (set == "zones")
        elements.push_back(nft::zone(parts.at(0), id(1)));
    else if (set == "shared_zones")
        elements.push_back(nft::shared_zone(parts.at(0), id(1)));
    else if (set == "underlay")
        elements.push_back(nft::underlay(address(0)));
    else if (set == "snat_block" || set == "snat_ports")
        elements.push_back(pool_with_ports(set == "snat_block", parts, words));
    else if (set == "floating_in")
        elements.push_back(nft::floating_in(id(0), address(1), address(2)));
    else if (set == "floating_out")
        elements.push_back(nft::floating_out(id(0), address(1), address(2)));
    else if (set == "bound")
        elements.push_back(nft::bound(id(0), address(1)).at(1));
    else if (set == "forward")
        elements.push_back(nft::forward(id(0), parts.at(2) == "tcp" ? IPPROTO_TCP : IPPROTO_UDP, address(1),
                                        port(3), address(4), port(5)));
    else if (set == "snat_single") {
        for (auto& element : nft::snat(id(0), must(Prefix::parse(parts.at(1)), words), {address(2)})) {
            elements.push_back(element);
        }
    } else if (set == "firewall") {
        elements.push_back(nft::firewall(id(0), nft::Verdict::drop, nft::Verdict::accept, false).at(0));
    } else if (set == "default_in" || set == "default_out") {
        const auto [what, log] = verdict(parts, 1);
        elements.push_back(nft::firewall(id(0), what, what, log).at(set == "default_in" ? 1 : 2));
    } else if (set == "rules_in" || set == "rules_out") {
        elements.push_back(firewall_rule(set == "rules_in", parts, words));
    } else if (set == "limited") {
        elements.push_back(nft::limited(id(0)));
    } else if (set == "connections") {
        elements.push_back(nft::most_connections(id(0), id(4)));
    } else if (set == "too_fast") {
        elements.push_back(nft::most_new_connections(id(0), id(4)));
    } else if (set == "bytes_in") {
        elements.push_back(nft::most_bytes(id(0), true, id(4)));
    } else if (set == "packets_out") {
        elements.push_back(nft::most_packets(id(0), false, id(4)));
    } else
        words.fail("no such set");
}

void add_line(const std::string& line, State& to) {
    Words words(line);
    const bool foreign = words.take("foreign");
    Family family = Family::v4;
    if (words.starts({"ip", "-6"})) {
        family = Family::v6;
    } else {
        words.starts({"ip"});
    }
    if (words.starts({"sysctl"})) {
        const auto setting = words.next();
        std::string path = setting.substr(0, setting.find('='));
        std::replace(path.begin(), path.end(), '.', '/');
        to.sysctls.push_back({path, setting.substr(setting.find('=') + 1)});
    } else if (words.starts({"rule", "add"})) {
        Rule rule{.family = family, .priority = words.number("pref"), .foreign = foreign};
        rule.l3mdev = words.take("l3mdev");
        if (!rule.l3mdev) rule.table = table(words.after("lookup"));
        words.after("protocol");
        to.rules.push_back(rule);
    } else if (words.starts({"link", "add"})) {
        add_link(words, to);
    } else if (words.starts({"address", "add"})) {
        const auto prefix = must(Prefix::parse(words.next()), words);
        const auto device = words.after("dev");
        words.take("noprefixroute");
        to.addresses.push_back({device, tenant_of(device), prefix});
    } else if (words.starts({"route", "add"})) {
        add_route(words, family, to);
    } else if (words.starts({"neighbour", "add"})) {
        const auto address = must(Address::parse(words.next()), words);
        const auto link_layer = words.after("lladdr");
        const auto node = Address::parse(link_layer);
        const auto mac = node ? Mac() : must(Mac::parse(link_layer), words);
        const auto device = words.after("dev");
        words.after("nud");
        const auto tenant = is_shared(device) ? tenant_of_neighbour(address) : tenant_of(device);
        to.neighbours.push_back({device, tenant, address, mac, node});
    } else if (words.starts({"tc", "add", "steering", "program"})) {
        const auto tenant = words.number("tenant");
        words.take("of");
        to.steerings.push_back({tenant, words.after("on")});
    } else if (words.starts({"destination", "add"})) {
        const auto address = must(Address::parse(words.next()), words);
        const auto tenant = words.number("tenant");
        const auto node = must(Address::parse(words.after("node")), words);
        const auto source = must(Address::parse(words.after("src")), words);
        to.destinations.push_back({tenant, address, node, source, words.number("id")});
    } else if (words.starts({"tc", "filter", "add"})) {
        words.after("block");
        to.filters.push_back({words.after("protocol") == "ip" ? Family::v4 : Family::v6});
        for (const char* word : {"matchall", "action", "tunnel_key", "unset"}) words.take(word);
    } else if (words.starts({"nft", "add", "flowtable", "inet", "nvi", "flows", "{", "devices", "=", "{"})) {
        to.nft.flow_devices.push_back(words.next());
        for (const char* word : {"};", "}"}) words.take(word);
    } else if (words.starts({"nft", "frame"})) {
        to.nft.frame = words.next();
    } else if (words.starts({"nft", "add", "element", "inet", "nvi"})) {
        add_element(words, to);
    } else {
        words.fail("no such command");
    }
    words.done();
}

}  // namespace

State parse_state(const std::string& text) {
    State state;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(' ') != std::string::npos) add_line(line, state);
    }
    state.sort();
    return state;
}

}  // namespace nvi::state
