// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF programs and maps of peers, by libbpf.
#include "peers/plane.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "gateway/bpf/classifier.hpp"
#include "gateway/net/error.hpp"
#include "gateway/net/fd.hpp"

// The object file, carried by the program (CMakeLists.txt).
extern "C" const unsigned char nvi_peers_object[];
extern "C" const unsigned char nvi_peers_object_end[];

namespace nvi::peers {

namespace {

// The first of all.
constexpr bpf::Place kPlace{.priority = 1, .handle = 0x6e76};

[[noreturn]] void fail(const std::string& what, int error) {
    throw Error::system(what, error < 0 ? -error : errno);
}

bpf::Classifier classifier(uint32_t ifindex, bpf::Direction direction) {
    std::array<char, IF_NAMESIZE> name{};
    if_indextoname(ifindex, name.data());  // a device that is gone has none, and no classifier
    return {name.data(), direction, kPlace};
}

__be32 raw(const Address& address) {
    __be32 value{};
    std::memcpy(&value, address.bytes().data(), sizeof(value));
    return value;
}

Address address_of(__be32 value) {
    return Address::v4(ntohl(value));
}

nvi_endpoint raw(const Endpoint& endpoint) {
    return {.address = raw(endpoint.address), .port = htons(endpoint.port), .zero = 0};
}

constexpr uint32_t kBatch = 4096;  // entries a system call: several times the fullest bucket

// All of a map's entries, in no order. A value of a per-CPU map is one per possible CPU.
template <typename Key, typename Value>
std::vector<std::pair<Key, Value>> entries(int map, const std::string& name) {
    std::vector<std::pair<Key, Value>> all;
    std::vector<Key> keys(kBatch);
    std::vector<Value> values(kBatch);
    uint32_t position = 0;  // a hash map's: the bucket
    for (bool first = true, last = false; !last; first = false) {
        uint32_t count = kBatch;
        const int error = bpf_map_lookup_batch(map, first ? nullptr : &position, &position, keys.data(),
                                               values.data(), &count, nullptr);
        last = error == -ENOENT;
        if (error != 0 && !last) fail("read BPF map " + name, error);
        for (uint32_t i = 0; i < count; ++i) all.emplace_back(keys[i], values[i]);
    }
    return all;
}

// The kernel fills the stock of entries of a map that is not preallocated up behind us, from irq_work
// (kernel/bpf/memalloc.c), and tells who is faster ENOMEM.
template <typename Key, typename Value>
void put(int map, const std::string& name, std::vector<Key> keys, std::vector<Value> values) {
    constexpr int kTries = 1000;
    constexpr std::chrono::milliseconds kWait{1};
    for (size_t done = 0, tries = 0; done < keys.size();) {
        auto count = static_cast<uint32_t>(keys.size() - done);
        const int error = bpf_map_update_batch(map, &keys[done], &values[done], &count, nullptr);
        done += count;
        if (error == 0) continue;
        if (error != -ENOMEM || ++tries == kTries) fail("write BPF map " + name, error);
        std::this_thread::sleep_for(kWait);
    }
}

// As a set is kept in a map.
template <typename Key>
std::vector<std::pair<Key, uint8_t>> named(const std::vector<Key>& keys) {
    std::vector<std::pair<Key, uint8_t>> all;
    for (const Key& key : keys) all.emplace_back(key, 1);
    return all;
}

bool is_none(const PeerKey& key) {
    return key.vni == 0;
}

}  // namespace

std::vector<std::pair<uint32_t, bool>> attached(const std::string& folder) {
    std::vector<std::pair<uint32_t, bool>> devices;
    const Fd map = Fd::adopt(bpf_obj_get((folder + "/devices").c_str()));
    if (!map) return devices;
    for (const auto& [index, made] : entries<uint32_t, uint8_t>(map.get(), "devices"))
        devices.emplace_back(index, made != 0);
    return devices;
}

void detach(uint32_t ifindex, bool with_qdisc) {
    const auto at = classifier(ifindex, bpf::Direction::ingress);
    at.detach();
    if (with_qdisc) at.remove_qdisc();
}

nvi_peer raw(const PeerKey& key) {
    return {.vni = key.vni, .vtep = is_none(key) ? 0 : raw(key.vtep)};
}

void Plane::FreeRing::operator()(ring_buffer* ring) const {
    ring_buffer__free(ring);
}

Plane::Plane(const std::string& folder)
    : object_({nvi_peers_object, nvi_peers_object_end}, "nvi_peers",
              "the BPF programs of peers (maps below " + folder + ")", folder) {
    object_.renew({"endpoints", "peers"});
    object_.load();
    ring_.reset(ring_buffer__new(map("keepalives"), on_event, this, nullptr));
    if (!ring_) fail("map the keepalives' ring", 0);
}

Plane::~Plane() = default;

int Plane::map(const char* name) const {
    const int fd = object_.map(name);
    if (fd < 0) fail(std::string("BPF map ") + name, fd);
    return fd;
}

void Plane::attach_underlay(const std::vector<uint32_t>& devices) {
    const int known = map("devices");
    for (const uint32_t index : devices) {
        const bool new_qdisc =
            classifier(index, bpf::Direction::ingress).attach(object_.program("from_underlay"));
        const uint8_t made = new_qdisc ? 1 : 0;
        // Of one that is known the first answer holds.
        if (bpf_map_update_elem(known, &index, &made, BPF_NOEXIST) != 0 && errno != EEXIST)
            fail("BPF map devices", 0);
    }
    for (const auto& [index, made] : entries<uint32_t, uint8_t>(known, "devices")) {
        if (std::ranges::find(devices, index) != devices.end()) continue;
        detach(index, false);
        if (made == 0) bpf_map_delete_elem(known, &index);
    }
    for (auto& [node, binding] : fixed_) {
        binding.ifindex = devices.empty() ? 0 : devices.front();
        apply(SetBinding{node, binding});
    }
}
void Plane::attach_vtep(uint32_t ifindex) {
    classifier(ifindex, bpf::Direction::egress).attach(object_.program("to_peers"));
}

void Plane::set_underlay(const Address& address) {
    const uint32_t zero = 0;
    const __be32 value = raw(address);
    if (bpf_map_update_elem(map(".data.underlay"), &zero, &value, BPF_ANY) != 0)
        fail("the underlay's address for the BPF programs", 0);
}

// Makes the map hold these keys and no others.
template <typename Key, typename Value>
void Plane::synchronize(const char* name, const std::vector<std::pair<Key, Value>>& wanted) {
    const int fd = map(name);
    std::map<Key, Value, Less<Key>> missing(wanted.begin(), wanted.end());
    std::vector<Key> others;
    for (const auto& [key, value] : entries<Key, Value>(fd, name)) {
        const auto found = missing.find(key);
        if (found == missing.end())
            others.push_back(key);
        else if (found->second == value)
            missing.erase(found);
    }
    std::vector<Key> keys;
    std::vector<Value> values;
    for (const auto& [key, value] : missing) {
        keys.push_back(key);
        values.push_back(value);
    }
    put(fd, name, keys, values);
    for (const Key& other : others) bpf_map_delete_elem(fd, &other);
}

// Whose packets come from there, with the peer's first pin where that is one of IPv4.
nvi_place Plane::place(const nvi_endpoint& at, const nvi_peer& peer) const {
    const auto first = first_hosts_.find(peer);
    nvi_place place = first == first_hosts_.end() ? nvi_place{} : first->second;
    place.peer = peer;
    place.moved = nvi_moved(at.address, peer.vtep);
    return place;
}

void Plane::set_rules(const Rules& rules) {
    synchronize("pins", named(rules.pins));
    first_hosts_.clear();
    for (const nvi_pin& pin : rules.pins) {
        nvi_place place{};
        if (pin.ethertype == ETH_P_IP) {
            place.host = pin.address[0];
            place.port = pin.port;
            std::memcpy(place.mac, pin.mac, sizeof(place.mac));
        }
        first_hosts_.try_emplace(pin.peer, place);
    }
    synchronize("nodes", rules.nodes);
    synchronize("networks", named(rules.networks));
    fixed_ = rules.fixed;

    // What is known of peers that are gone.
    std::set<nvi_peer, Less<nvi_peer>> there(rules.peers.begin(), rules.peers.end());
    for (const auto& [node, ignored] : rules.fixed) there.insert(raw(node));
    there.insert(nvi_peer{});  // nobody
    for (const auto& [peer, ignored] : entries<nvi_peer, nvi_binding>(map("peers"), "peers")) {
        if (!there.contains(peer)) bpf_map_delete_elem(map("peers"), &peer);
    }
    std::vector<nvi_peer> gone;  // of the few that were ever refused anything
    nvi_peer key{};
    for (const nvi_peer* last = nullptr; bpf_map_get_next_key(map("refused"), last, &key) == 0; last = &key) {
        if (!there.contains(key)) gone.push_back(key);
    }
    for (const nvi_peer& peer : gone) bpf_map_delete_elem(map("refused"), &peer);
    for (const auto& [at, known] : entries<nvi_endpoint, nvi_place>(map("endpoints"), "endpoints")) {
        const nvi_place now = place(at, known.peer);
        if (!there.contains(known.peer))
            bpf_map_delete_elem(map("endpoints"), &at);
        else if (std::memcmp(&now, &known, sizeof(now)) != 0 &&
                 bpf_map_update_elem(map("endpoints"), &at, &now, BPF_EXIST) != 0)
            fail("BPF map endpoints", 0);
    }
}

void Plane::apply(const Change& change) {
    if (const auto* take = std::get_if<TakeEndpoint>(&change)) {
        const auto key = raw(take->endpoint);
        const auto value = place(key, raw(take->peer));
        if (bpf_map_update_elem(map("endpoints"), &key, &value, BPF_ANY) != 0) fail("BPF map endpoints", 0);
    } else if (const auto* set = std::get_if<SetBinding>(&change)) {
        const auto key = raw(set->peer);
        const Binding& binding = set->binding;
        const nvi_binding value{.address = raw(binding.endpoint.address),
                                .listen = htons(binding.listen),
                                .port = htons(binding.endpoint.port),
                                .ifindex = binding.ifindex,
                                .next_hop = 0,
                                .until = 0,
                                .moved = nvi_moved(key.vtep, raw(binding.endpoint.address)),
                                .zero = 0,
                                .rebindings = binding.rebindings,
                                .timestamp = binding.timestamp,
                                .heard = binding.heard};
        if (bpf_map_update_elem(map("peers"), &key, &value, BPF_ANY) != 0) fail("BPF map peers", 0);
    } else {
        const auto key = raw(std::get<LeaveEndpoint>(change).endpoint);
        bpf_map_delete_elem(map("endpoints"), &key);
    }
}

std::map<PeerKey, Binding> Plane::bindings() const {
    std::map<PeerKey, Binding> all;
    for (const auto& [key, value] : entries<nvi_peer, nvi_binding>(map("peers"), "peers")) {
        all.emplace(PeerKey{key.vni, address_of(key.vtep)},
                    Binding{.endpoint = {address_of(value.address), ntohs(value.port)},
                            .listen = ntohs(value.listen),
                            .ifindex = value.ifindex,
                            .rebindings = value.rebindings,
                            .timestamp = value.timestamp,
                            .heard = value.heard});
    }
    return all;
}

std::array<uint64_t, NVI_REFUSALS> Plane::refused(const PeerKey& peer) const {
    std::array<uint64_t, NVI_REFUSALS> sum{};
    std::vector<nvi_refused> each(static_cast<size_t>(libbpf_num_possible_cpus()));
    const auto key = raw(peer);
    if (bpf_map_lookup_elem(map("refused"), &key, each.data()) != 0) return sum;
    for (const nvi_refused& one : each) {
        for (size_t i = 0; i < sum.size(); ++i) sum[i] += one.packets[i];
    }
    return sum;
}

int Plane::descriptor() const {
    return ring_buffer__epoll_fd(ring_.get());
}

int Plane::on_event(void* context, void* data, size_t size) {
    const auto* plane = static_cast<Plane*>(context);
    if (size < sizeof(nvi_event)) return 0;
    nvi_event event{};
    std::memcpy(&event, data, sizeof(event));
    (*plane->each_)({.from = {address_of(event.from.address), ntohs(event.from.port)},
                     .listen = ntohs(event.listen),
                     .vni = event.vni,
                     .ifindex = event.ifindex,
                     .frame = event.frame});
    return 0;
}

void Plane::read(const std::function<void(const Received&)>& each) {
    each_ = &each;
    ring_buffer__consume(ring_.get());
    each_ = nullptr;
}

}  // namespace nvi::peers
