// SPDX-License-Identifier: GPL-2.0-or-later
// The BPF programs and maps of peers, by libbpf.
#include "peers/plane.hpp"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "gateway/net/error.hpp"

// The object file, carried by the program (CMakeLists.txt).
extern "C" const unsigned char nvi_peers_object[];
extern "C" const unsigned char nvi_peers_object_end[];

namespace nvi::peers {

namespace {

// Ours at each hook, among others' filters: the first of all, and recognised when it is replaced.
constexpr uint32_t kPriority = 1;
constexpr uint32_t kHandle = 0x6e76;

// libbpf's last warnings, the verifier's included, for the error.
std::string& warnings() {
    static std::string text;
    return text;
}

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    std::array<char, 1024> line{};
    vsnprintf(line.data(), line.size(), format, arguments);
    if (warnings().size() < 16384) warnings() += line.data();
    return 0;
}

[[noreturn]] void fail(const std::string& what, int error) {
    Error thrown = Error::system(what, error < 0 ? -error : errno, warnings());
    warnings().clear();
    throw thrown;
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

bool is_none(const PeerKey& key) {
    return key.vni == 0;
}

}  // namespace

nvi_peer raw(const PeerKey& key) {
    return {.vni = key.vni, .vtep = is_none(key) ? 0 : raw(key.vtep)};
}

void Plane::CloseObject::operator()(bpf_object* object) const {
    bpf_object__close(object);
}
void Plane::FreeRing::operator()(ring_buffer* ring) const {
    ring_buffer__free(ring);
}

Plane::Plane(const std::string& folder) {
    libbpf_set_print(keep_warning);
    bpf_object_open_opts options{};
    options.sz = sizeof(options);
    options.object_name = "nvi_peers";
    options.pin_root_path = folder.c_str();
    const auto size = static_cast<size_t>(nvi_peers_object_end - nvi_peers_object);
    object_.reset(bpf_object__open_mem(nvi_peers_object, size, &options));
    if (!object_) fail("open the BPF programs of peers", 0);
    if (const int error = bpf_object__load(object_.get()); error != 0)
        fail("load the BPF programs of peers (maps below " + folder + ")", error);
    ring_.reset(ring_buffer__new(map("keepalives"), on_event, this, nullptr));
    if (!ring_) fail("map the keepalives' ring", 0);
}

Plane::~Plane() = default;

int Plane::map(const char* name) const {
    const int fd = bpf_object__find_map_fd_by_name(object_.get(), name);
    if (fd < 0) fail(std::string("BPF map ") + name, fd);
    return fd;
}

void Plane::attach(const char* program, uint32_t ifindex, bool ingress) {
    bpf_tc_hook hook{};
    hook.sz = sizeof(hook);
    hook.ifindex = static_cast<int>(ifindex);
    hook.attach_point = ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
    const int created = bpf_tc_hook_create(&hook);
    if (created != 0 && created != -EEXIST) fail("make clsact on device " + std::to_string(ifindex), created);
    warnings().clear();
    bpf_tc_opts options{};
    options.sz = sizeof(options);
    options.prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), program));
    options.flags = BPF_TC_F_REPLACE;
    options.handle = kHandle;
    options.priority = kPriority;
    if (const int error = bpf_tc_attach(&hook, &options); error != 0)
        fail(std::string("attach ") + program + " to device " + std::to_string(ifindex), error);
}

void Plane::attach_underlay(uint32_t ifindex) {
    attach("from_underlay", ifindex, true);
}
void Plane::attach_vtep(uint32_t ifindex) {
    attach("to_peers", ifindex, false);
}

void Plane::detach(uint32_t ifindex, bool ingress) {
    libbpf_set_print(keep_warning);
    bpf_tc_hook hook{};
    hook.sz = sizeof(hook);
    hook.ifindex = static_cast<int>(ifindex);
    hook.attach_point = ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
    bpf_tc_opts options{};
    options.sz = sizeof(options);
    options.handle = kHandle;
    options.priority = kPriority;
    const int error = bpf_tc_detach(&hook, &options);
    if (error != 0 && error != -ENOENT && error != -EINVAL)
        fail("detach from device " + std::to_string(ifindex), error);
    warnings().clear();
}

void Plane::set_underlay(const Address& address) {
    const uint32_t zero = 0;
    const nvi_settings settings{.underlay = raw(address)};
    if (bpf_map_update_elem(map("settings"), &zero, &settings, BPF_ANY) != 0) fail("BPF map settings", 0);
}

// Keys that are missing are added with `value`, those that are not wanted are deleted.
template <typename Key, typename Value>
void Plane::synchronize(const char* name, const std::vector<Key>& wanted, const Value& value,
                        bool keep_values) {
    const auto less = [](const Key& a, const Key& b) { return std::memcmp(&a, &b, sizeof(Key)) < 0; };
    const std::set<Key, decltype(less)> keys(wanted.begin(), wanted.end(), less);
    const int fd = map(name);
    // Added first: what stays or is replaced is never missing.
    for (const Key& key : keys) {
        if (bpf_map_update_elem(fd, &key, &value, keep_values ? BPF_NOEXIST : BPF_ANY) != 0 &&
            errno != EEXIST)
            fail(std::string("BPF map ") + name, 0);
    }
    std::vector<Key> others;
    Key key{};
    for (const Key* last = nullptr; bpf_map_get_next_key(fd, last, &key) == 0; last = &key) {
        if (!keys.contains(key)) others.push_back(key);
    }
    for (const Key& other : others) bpf_map_delete_elem(fd, &other);
}

void Plane::set_rules(const Rules& rules) {
    const uint8_t one = 1;
    std::vector<std::array<uint64_t, NVI_REFUSALS>> none(static_cast<size_t>(libbpf_num_possible_cpus()));
    std::vector<nvi_peer> counted = rules.peers;
    counted.push_back({});
    const int fd = map("refused");
    for (const nvi_peer& peer : counted) {
        if (bpf_map_update_elem(fd, &peer, none.data(), BPF_NOEXIST) != 0 && errno != EEXIST)
            fail("BPF map refused", 0);
    }
    synchronize("pins", rules.pins, one, true);
    synchronize("nodes", rules.nodes, one, true);
    synchronize("networks", rules.networks, one, true);

    // What is known of peers that are gone.
    const auto less = [](const nvi_peer& a, const nvi_peer& b) { return std::memcmp(&a, &b, sizeof(a)) < 0; };
    const std::set<nvi_peer, decltype(less)> there(counted.begin(), counted.end(), less);
    std::vector<nvi_peer> gone;
    for (const char* name : {"peers", "refused"}) {
        gone.clear();
        nvi_peer key{};
        for (const nvi_peer* last = nullptr; bpf_map_get_next_key(map(name), last, &key) == 0; last = &key) {
            if (!there.contains(key)) gone.push_back(key);
        }
        for (const nvi_peer& peer : gone) bpf_map_delete_elem(map(name), &peer);
    }
    std::vector<nvi_endpoint> left;
    nvi_endpoint endpoint{};
    const int endpoints = map("endpoints");
    for (const nvi_endpoint* last = nullptr; bpf_map_get_next_key(endpoints, last, &endpoint) == 0;
         last = &endpoint) {
        nvi_peer peer{};
        if (bpf_map_lookup_elem(endpoints, &endpoint, &peer) == 0 && !there.contains(peer))
            left.push_back(endpoint);
    }
    for (const nvi_endpoint& one_left : left) bpf_map_delete_elem(endpoints, &one_left);
}

void Plane::apply(const Change& change) {
    if (const auto* take = std::get_if<TakeEndpoint>(&change)) {
        const auto key = raw(take->endpoint);
        const auto value = raw(take->peer);
        if (bpf_map_update_elem(map("endpoints"), &key, &value, BPF_ANY) != 0) fail("BPF map endpoints", 0);
    } else if (const auto* set = std::get_if<SetBinding>(&change)) {
        const auto key = raw(set->peer);
        const Binding& binding = set->binding;
        const nvi_binding value{.address = raw(binding.endpoint.address),
                                .port = htons(binding.endpoint.port),
                                .listen = htons(binding.listen),
                                .ifindex = binding.ifindex,
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
    const int fd = map("peers");
    nvi_peer key{};
    for (const nvi_peer* last = nullptr; bpf_map_get_next_key(fd, last, &key) == 0; last = &key) {
        nvi_binding value{};
        if (bpf_map_lookup_elem(fd, &key, &value) != 0) continue;
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
