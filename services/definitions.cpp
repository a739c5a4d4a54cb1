// SPDX-License-Identifier: GPL-2.0-or-later
// Services in the maps.
#include "services/definitions.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "gateway/net/error.hpp"
#include "services/maglev.hpp"

namespace nvi::services {

namespace {

using state::Backend;
using state::Service;

vip_key key_of(const Service& service, uint16_t port) {
    vip_key key{};
    std::memcpy(key.address, service.vip.bytes().data(), service.vip.bytes().size());
    key.port = htobe16(port);
    key.protocol = service.protocol;
    key.family = service.vip.is_v4() ? 4 : 6;
    return key;
}

Address address_of(const __be32 (&words)[4], uint8_t family) {
    const bool v4 = family == 4;
    return Address::from_bytes(v4 ? Family::v4 : Family::v6,
                               {reinterpret_cast<const uint8_t*>(words), v4 ? 4U : 16U});
}

void copy(const Address& address, __be32 (&words)[4]) {
    std::memcpy(words, address.bytes().data(), address.bytes().size());
}

// The slots of backends, as they were when this was made.
class Slots {
  public:
    explicit Slots(const Maps& maps)
        : map_(maps["backends"]), values_(map_.values<backend>(NVI_MAX_BACKENDS)) {}

    std::vector<uint32_t> of(uint32_t service) const {
        std::vector<uint32_t> slots;
        for (uint32_t i = 1; i < values_.size(); ++i) {
            if (values_[i].state != BACKEND_NONE && values_[i].service == service) slots.push_back(i);
        }
        return slots;
    }
    const backend& operator[](uint32_t slot) const { return values_[slot]; }
    void write(uint32_t slot, const backend& value) {
        map_.put(slot, value);
        values_[slot] = value;
    }
    void release(uint32_t slot) {
        backend value = values_[slot];
        value.state = BACKEND_NONE;
        write(slot, value);
    }
    // Slot 0 is never used: no table entry is it by accident.
    uint32_t free() const {
        for (uint32_t i = 1; i < values_.size(); ++i) {
            if (values_[i].state == BACKEND_NONE) return i;
        }
        throw Error("there are " + std::to_string(NVI_MAX_BACKENDS - 1) + " backends already", ENOSPC);
    }

  private:
    const Map& map_;
    std::vector<backend> values_;
};

backend value_of(const Backend& wanted, const Service& service, uint32_t id, uint32_t generation, bool down) {
    backend value{};
    copy(wanted.address, value.address);
    copy(wanted.source, value.source);
    value.generation = generation;
    value.service = id;
    value.weight = wanted.weight;
    value.tenant = wanted.inside ? service.tenant : 0;
    value.mtu = wanted.mtu;
    value.family = wanted.address.is_v4() ? 4 : 6;
    value.down = down ? 1 : 0;
    value.state = wanted.weight == 0 || down ? BACKEND_DRAINING : BACKEND_ACCEPTING;
    return value;
}

Backend backend_of(const backend& value) {
    return {address_of(value.address, value.family), value.weight, value.tenant != 0,
            address_of(value.source, value.family), value.mtu};
}

// Which hashes of addresses are in use, `but` this definition.
void write_addresses(const Maps& maps, const vip_key* but) {
    std::vector<uint8_t> used(NVI_ADDRESSES);
    for (const auto& key : maps["definitions"].keys<vip_key>()) {
        if (but == nullptr || std::memcmp(&key, but, sizeof key) != 0)
            used[nvi_address_hash(key.address)] = 1;
    }
    maps["addresses"].put_array(used.data());
}

uint32_t free_id(const Maps& maps) {
    std::set<uint32_t> used;
    for (const auto& key : maps["definitions"].keys<vip_key>()) {
        if (const auto found = maps["definitions"].get<vip_key, definition>(key)) used.insert(found->service);
    }
    for (uint32_t id = 0; id < NVI_MAX_SERVICES; ++id) {
        if (!used.contains(id)) return id;
    }
    throw Error("there are " + std::to_string(NVI_MAX_SERVICES) + " services already", ENOSPC);
}

// The backends of the service get their slots; those that stay keep theirs, and so their connections.
std::vector<uint32_t> place_backends(Slots& slots, const Service& service, uint32_t id) {
    const auto present = slots.of(id);
    std::vector<uint32_t> placed;
    for (const Backend& wanted : service.backends) {
        const auto same = std::find_if(present.begin(), present.end(), [&](uint32_t slot) {
            const auto have = backend_of(slots[slot]);
            return have.address == wanted.address && have.inside == wanted.inside;
        });
        if (same != present.end()) {
            slots.write(*same,
                        value_of(wanted, service, id, slots[*same].generation, slots[*same].down != 0));
            placed.push_back(*same);
        } else {
            const auto slot = slots.free();
            const auto generation = slots[slot].generation + 1;
            slots.write(slot, value_of(wanted, service, id, generation == 0 ? 1 : generation, false));
            placed.push_back(slot);
        }
    }
    return placed;
}

// A backend that is down has no share, unless all are: then it may be the asking that fails.
std::vector<Share> shares_of(const Slots& slots, const std::vector<uint32_t>& placed,
                             const Service& service) {
    std::vector<Share> shares;
    bool somebody = false;
    for (size_t i = 0; i < placed.size(); ++i) {
        const uint32_t weight = slots[placed[i]].down != 0 ? 0 : service.backends[i].weight;
        somebody = somebody || weight != 0;
        shares.push_back({permutation_of(service.backends[i].address, NVI_TABLE_SIZE), weight});
    }
    for (size_t i = 0; i < placed.size() && !somebody; ++i) shares[i].weight = service.backends[i].weight;
    return shares;
}

void write_table(const Maps& maps, const Service& service, uint32_t id, const Slots& slots,
                 const std::vector<uint32_t>& placed) {
    const auto shares = shares_of(slots, placed, service);
    auto table = service.scheduler == state::Scheduler::round_robin ? turns_table(shares, NVI_TABLE_SIZE)
                                                                    : maglev_table(shares, NVI_TABLE_SIZE);
    if (table.empty()) {
        maps["tables"].remove(id);
        return;
    }
    for (uint32_t& place : table) place = placed[place];
    const Fd inner = make_table(table);
    // The kernel waits until no program uses the old table: its slots may be released then.
    maps["tables"].put(id, static_cast<uint32_t>(inner.get()));
}

uint32_t scheduler_of(state::Scheduler scheduler) {
    return scheduler == state::Scheduler::round_robin   ? SCHEDULER_TURNS
           : scheduler == state::Scheduler::source_hash ? SCHEDULER_SOURCE
                                                        : SCHEDULER_MAGLEV;
}

state::Scheduler scheduler_of(uint32_t value) {
    return value == SCHEDULER_TURNS    ? state::Scheduler::round_robin
           : value == SCHEDULER_SOURCE ? state::Scheduler::source_hash
                                       : state::Scheduler::maglev;
}

}  // namespace

std::vector<Service> read_services(const Maps& maps) {
    std::vector<Service> services;
    const Slots slots(maps);
    for (const auto& key : maps["definitions"].keys<vip_key>()) {
        const auto found = maps["definitions"].get<vip_key, definition>(key);
        if (!found) continue;
        Service service{.vip = address_of(key.address, key.family),
                        .protocol = key.protocol,
                        .first_port = be16toh(key.port),
                        .last_port = found->last_port,
                        .path = state::DataPath::xdp,
                        .tenant = found->tenant,
                        .scheduler = scheduler_of(uint32_t{found->scheduler}),
                        .whole = found->whole != 0};
        for (const uint32_t slot : slots.of(found->service))
            service.backends.push_back(backend_of(slots[slot]));
        std::ranges::sort(service.backends);
        for (uint32_t port = service.first_port; port <= service.last_port; ++port) {
            const auto vip_value =
                maps["vips"].get<vip_key, vip>(key_of(service, static_cast<uint16_t>(port)));
            if (!vip_value || vip_value->service != found->service) service.whole = false;
        }
        services.push_back(std::move(service));
    }
    std::ranges::sort(services);
    return services;
}

void write_service(const Maps& maps, const Service& service) {
    const auto key = key_of(service, service.first_port);
    const auto before = maps["definitions"].get<vip_key, definition>(key);
    definition now{before ? before->service : free_id(maps), service.tenant,
                   std::max(service.last_port, before ? before->last_port : uint16_t{0}),
                   static_cast<uint8_t>(scheduler_of(service.scheduler)), 0};
    // Half-way it owns the ports of before and after: whoever finishes it knows what there may be.
    maps["definitions"].put(key, now);

    Slots slots(maps);
    const auto placed = place_backends(slots, service, now.service);
    write_table(maps, service, now.service, slots, placed);
    for (uint32_t port = service.first_port; port <= service.last_port; ++port) {
        maps["vips"].put(key_of(service, static_cast<uint16_t>(port)),
                         vip{now.service, scheduler_of(service.scheduler)});
    }
    for (uint32_t port = service.last_port + 1U; port <= now.last_port; ++port)
        maps["vips"].remove(key_of(service, static_cast<uint16_t>(port)));
    for (const uint32_t slot : slots.of(now.service)) {
        if (std::find(placed.begin(), placed.end(), slot) == placed.end()) slots.release(slot);
    }
    write_addresses(maps, nullptr);
    now.last_port = service.last_port;
    now.whole = 1;
    maps["definitions"].put(key, now);
}

void remove_service(const Maps& maps, const Service& service) {
    const auto key = key_of(service, service.first_port);
    auto found = maps["definitions"].get<vip_key, definition>(key);
    if (!found) return;
    found->whole = 0;
    maps["definitions"].put(key, *found);
    for (uint32_t port = service.first_port; port <= found->last_port; ++port)
        maps["vips"].remove(key_of(service, static_cast<uint16_t>(port)));
    maps["tables"].remove(found->service);
    Slots slots(maps);
    for (const uint32_t slot : slots.of(found->service)) slots.release(slot);
    write_addresses(maps, &key);
    maps["definitions"].remove(key);
}

bool mark_backend(const Maps& maps, const Service& service, const Address& address, bool down) {
    const auto found = maps["definitions"].get<vip_key, definition>(key_of(service, service.first_port));
    if (!found) return false;
    Slots slots(maps);
    bool changed = false;
    for (const uint32_t slot : slots.of(found->service)) {
        backend value = slots[slot];
        if (address_of(value.address, value.family) != address || (value.down != 0) == down) continue;
        value.down = down ? 1 : 0;
        slots.write(slot, value);
        changed = true;
    }
    if (!changed) return false;
    for (const Service& present : read_services(maps)) {
        if (present.key() == service.key()) write_service(maps, present);
    }
    return true;
}

std::vector<Address> read_down(const Maps& maps, const Service& service) {
    std::vector<Address> down;
    const auto found = maps["definitions"].get<vip_key, definition>(key_of(service, service.first_port));
    if (!found) return down;
    const Slots slots(maps);
    for (const uint32_t slot : slots.of(found->service)) {
        if (slots[slot].down != 0) down.push_back(address_of(slots[slot].address, slots[slot].family));
    }
    return down;
}

ServiceTraffic read_traffic(const Maps& maps, const Service& service) {
    ServiceTraffic traffic;
    const auto found = maps["definitions"].get<vip_key, definition>(key_of(service, service.first_port));
    if (!found) return traffic;
    const Slots slots(maps);
    for (const uint32_t slot : slots.of(found->service)) {
        auto& sum = traffic.backends[address_of(slots[slot].address, slots[slot].family)];
        for (const hop& value : maps["hops"].all<hop>(slot)) {
            if (value.generation != slots[slot].generation) continue;
            sum.packets += value.packets;
            sum.bytes += value.bytes;
        }
        traffic.total.packets += sum.packets;
        traffic.total.bytes += sum.bytes;
    }
    return traffic;
}

std::vector<std::pair<std::string, uint64_t>> read_events(const Maps& maps) {
    static constexpr const char* kNames[NVI_EVENTS] = {
        "too_big", "hops", "no_backend", "no_route", "no_handover", "not_remembered", "fragment"};
    std::vector<std::pair<std::string, uint64_t>> events;
    for (uint32_t event = 0; event < NVI_EVENTS; ++event) {
        uint64_t sum = 0;
        for (const uint64_t value : maps["events"].all<uint64_t>(event)) sum += value;
        events.emplace_back(kNames[event], sum);
    }
    return events;
}

}  // namespace nvi::services
