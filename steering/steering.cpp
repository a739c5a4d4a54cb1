// SPDX-License-Identifier: GPL-2.0-or-later
// Tunnel destinations in BPF maps.
#include "steering/steering.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include "gateway/bpf/classifier.hpp"
#include "gateway/bpf/object.hpp"
#include "gateway/bpf/pins.hpp"
#include "gateway/net/error.hpp"
#include "gateway/state/names.hpp"

extern "C" {
#include "steering/bpf/format.h"
}

extern "C" const unsigned char nvi_steer_object[];
extern "C" const unsigned char nvi_steer_object_end[];

namespace nvi::steering {

namespace {

constexpr const char* kMap = "destinations";
constexpr int kTriesForMemory = 1000;
constexpr std::chrono::milliseconds kWaitForMemory{1};

std::filesystem::path pin_of(uint32_t tenant) {
    return pins_directory() / std::to_string(tenant);
}

bpf::Classifier classifier(const std::string& device) {
    return {device, bpf::Direction::egress};
}

// IPv4 as ::ffff:0:0/96.
void put_address(const Address& address, __u8 (&to)[16]) {
    std::memset(to, 0, sizeof to);
    const auto bytes = address.bytes();
    if (address.is_v4()) to[10] = to[11] = 0xff;
    std::ranges::copy(bytes, to + sizeof to - bytes.size());
}

Address address_in(const __u8 (&from)[16]) {
    static constexpr __u8 kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const std::span<const uint8_t> bytes(from);
    if (std::memcmp(from, kMapped, sizeof kMapped) == 0)
        return Address::from_bytes(Family::v4, bytes.subspan(sizeof kMapped));
    return Address::from_bytes(Family::v6, bytes);
}

destination_key key_of(const state::Destination& destination) {
    destination_key key{};
    put_address(destination.address, key.address);
    return key;
}

// The tenants that have a map.
std::vector<uint32_t> tenants() {
    std::vector<uint32_t> found;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(pins_directory(), none)) {
        const std::string name = entry.path().filename().string();
        uint32_t tenant = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tenant);
        if (error == std::errc() && end == name.data() + name.size()) found.push_back(tenant);
    }
    std::ranges::sort(found);
    return found;
}

// As the program declares it, which comes later.
Fd make_map(uint32_t tenant) {
    bpf::make_directory(pins_directory());
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    Fd fd = Fd::adopt(bpf_map_create(BPF_MAP_TYPE_HASH, kMap, sizeof(destination_key), sizeof(destination),
                                     NVI_MAX_DESTINATIONS, &options));
    if (!fd || bpf_obj_pin(fd.get(), pin_of(tenant).c_str()) != 0)
        throw Error::system("make the map " + pin_of(tenant).string() + " (is a bpffs mounted there?)",
                            errno);
    return fd;
}

// The program with its map, which is the pinned one if that is there.
bpf::Object load(uint32_t tenant) {
    bpf::make_directory(pins_directory());
    bpf::Object object({nvi_steer_object, nvi_steer_object_end}, "nvi_steering", "the steering program",
                       pins_directory());
    object.pin(kMap, pin_of(tenant));
    object.load();
    return object;
}

}  // namespace

std::filesystem::path pins_directory() {
    return bpf::pins_directory("nvi-steering");
}

const Fd& Steering::map_of(uint32_t tenant) {
    const auto known = maps_.find(tenant);
    if (known != maps_.end()) return known->second;
    Fd fd = Fd::adopt(bpf_obj_get(pin_of(tenant).c_str()));
    if (!fd && errno == ENOENT) fd = make_map(tenant);
    if (!fd) throw Error::system("open " + pin_of(tenant).string(), errno);
    return maps_.emplace(tenant, std::move(fd)).first->second;
}

std::vector<state::Steering> Steering::devices(uint32_t tenant) {
    std::vector<state::Steering> found;
    for (const uint32_t each : tenants()) {
        if (tenant != 0 && each != tenant) continue;
        state::Steering steering{each, {}};
        for (const auto& device : {state::gretap_name(each), state::vxlan_name(each)}) {
            if (classifier(device).program() != 0) steering.device = device;
        }
        found.push_back(steering);
    }
    return found;
}

std::vector<state::Destination> Steering::destinations(uint32_t tenant) {
    constexpr uint32_t kBatch = 4096;
    std::vector<state::Destination> found;
    std::vector<destination_key> keys(kBatch);
    std::vector<destination> values(kBatch);
    for (const uint32_t each : tenants()) {
        if (tenant != 0 && each != tenant) continue;
        const int map = map_of(each).get();
        uint64_t cursor = 0;
        for (void* before = nullptr;; before = &cursor) {
            uint32_t count = kBatch;
            const bool more =
                bpf_map_lookup_batch(map, before, &cursor, keys.data(), values.data(), &count, nullptr) == 0;
            if (!more && errno != ENOENT)
                throw Error::system("read the map of tenant " + std::to_string(each), errno);
            for (uint32_t i = 0; i < count; ++i) {
                found.push_back({each, address_in(keys[i].address), address_in(values[i].node),
                                 address_in(values[i].source), values[i].key});
            }
            if (!more) break;
        }
    }
    std::ranges::sort(found);
    return found;
}

void Steering::put(const state::Steering& steering) {
    classifier(steering.device).attach(load(steering.tenant).program("steer"));
}

void Steering::remove(const state::Steering& steering) {
    // The program goes with the queueing discipline where that went first.
    classifier(steering.device).detach();
    maps_.erase(steering.tenant);
    std::error_code ignored;  // an empty folder does no harm
    std::filesystem::remove(pin_of(steering.tenant), ignored);
    if (tenants().empty()) {
        std::filesystem::remove(pins_directory(), ignored);
        std::filesystem::remove(pins_directory().parent_path(), ignored);
    }
}

void Steering::put(const state::Destination& wanted) {
    const auto key = key_of(wanted);
    destination value{};
    put_address(wanted.node, value.node);
    put_address(wanted.source, value.source);
    value.key = wanted.tunnel;
    value.v6 = wanted.node.is_v4() ? 0 : 1;
    const int map = map_of(wanted.tenant).get();
    // The kernel fills its stock of entries up behind us, from irq_work (kernel/bpf/memalloc.c); who is
    // faster than that is told ENOMEM.
    for (int tries = 0; bpf_map_update_elem(map, &key, &value, BPF_ANY) != 0; ++tries) {
        if (errno != ENOMEM || tries == kTriesForMemory)
            throw Error::system("destination " + wanted.address.str(), errno);
        std::this_thread::sleep_for(kWaitForMemory);
    }
}

void Steering::remove(const state::Destination& wanted) {
    const auto key = key_of(wanted);
    if (bpf_map_delete_elem(map_of(wanted.tenant).get(), &key) != 0 && errno != ENOENT)
        throw Error::system("destination " + wanted.address.str(), errno);
}

}  // namespace nvi::steering
