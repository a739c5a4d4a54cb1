// SPDX-License-Identifier: GPL-2.0-or-later
// The packet path of peers: two BPF programs at traffic control's hooks, and their maps. They are pinned, and
// go on without whoever loaded them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "gateway/bpf/object.hpp"
#include "peers/bindings.hpp"
#include "peers/bpf/layout.h"

struct ring_buffer;

namespace nvi::peers {

// As the maps have them: bytes, in layout.h's order.
struct Rules {
    std::vector<nvi_pin> pins;
    std::vector<nvi_network> networks;
    std::vector<std::pair<nvi_node, uint32_t>> nodes;  // and the VTEP in network order, 0: itself
    std::vector<nvi_peer> peers;
    std::vector<std::pair<PeerKey, Binding>> fixed;  // nodes that are nowhere else, but for the device
};

class Plane {
  public:
    // Loads the programs; maps that are pinned below `folder` (of a bpf file system) are used again, with
    // what is in them. Throws Error.
    explicit Plane(const std::string& folder);
    ~Plane();
    Plane(const Plane&) = delete;
    Plane& operator=(const Plane&) = delete;

    // In place of what an earlier one attached there, without a packet between the two; of the underlay, to
    // these devices alone. The first is that of nodes that are nowhere else.
    void attach_underlay(const std::vector<uint32_t>& devices);
    void attach_vtep(uint32_t ifindex);

    void set_underlay(const Address& address);
    // Makes the maps name these and no others.
    void set_rules(const Rules& rules);
    void apply(const Change& change);
    // As the map has them: of all peers ever heard of.
    std::map<PeerKey, Binding> bindings() const;
    // By nvi_refusal; {} for the packets of nobody.
    std::array<uint64_t, NVI_REFUSALS> refused(const PeerKey& peer) const;

    // Readable when keepalives wait.
    int descriptor() const;
    // Hands out those that wait.
    void read(const std::function<void(const Received&)>& each);

  private:
    template <typename T>
    struct Less {  // the maps' keys have no order but their bytes
        bool operator()(const T& a, const T& b) const { return std::memcmp(&a, &b, sizeof(T)) < 0; }
    };
    struct FreeRing {
        void operator()(ring_buffer* ring) const;
    };
    int map(const char* name) const;
    template <typename Key, typename Value>
    void synchronize(const char* name, const std::vector<std::pair<Key, Value>>& wanted);
    nvi_place place(const nvi_endpoint& at, const nvi_peer& peer) const;
    static int on_event(void* context, void* data, size_t size);

    bpf::Object object_;
    std::unique_ptr<ring_buffer, FreeRing> ring_;
    const std::function<void(const Received&)>* each_{};
    std::vector<std::pair<PeerKey, Binding>> fixed_;
    std::map<nvi_peer, nvi_place, Less<nvi_peer>> first_hosts_;  // of a place that is theirs; peers' alone
};

// The devices of the underlay that the programs whose maps are pinned there are attached to, and whether the
// clsact was made for that.
std::vector<std::pair<uint32_t, bool>> attached(const std::string& folder);
// From such a device; nothing when it is not there. `with_qdisc`: the clsact, too, where nobody else uses it.
void detach(uint32_t ifindex, bool with_qdisc);

nvi_peer raw(const PeerKey& key);

}  // namespace nvi::peers
