// SPDX-License-Identifier: GPL-2.0-or-later
// The gateway's own nftables table as a value: a fixed frame (chains, rules, sets: the same whatever
// the tenants) and the elements of its sets and maps (all that varies).
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace nvi::nft {

inline constexpr const char* kTable = "nvi";  // family inet
inline constexpr const char* kFlowtable = "flows";

// A few bytes, as they stand in the kernel's registers. In place: a hundred thousand elements cost no
// allocation each.
class Bytes {
  public:
    static constexpr size_t kCapacity = 40;
    Bytes() = default;
    explicit Bytes(std::span<const uint8_t> bytes) { append(bytes); }
    // Throws Error(EMSGSIZE) beyond kCapacity.
    void append(std::span<const uint8_t> bytes);
    void pad();  // with zeros to four bytes, as the fields of a concatenation are

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const uint8_t* data() const { return bytes_.data(); }
    std::span<const uint8_t> span() const { return {bytes_.data(), size_}; }

    // By the bytes, shorter first where one begins with the other.
    std::strong_ordering operator<=>(const Bytes& other) const {
        return std::lexicographical_compare_three_way(data(), data() + size_, other.data(),
                                                      other.data() + other.size_);
    }
    bool operator==(const Bytes& other) const { return std::ranges::equal(span(), other.span()); }

  private:
    uint8_t size_ = 0;
    std::array<uint8_t, kCapacity> bytes_{};  // zero behind size_
};

// One element of a set or map. elements.hpp makes and prints them.
struct Element {
    std::string set;
    uint32_t tenant{};  // whose; 0: the gateway's own. Known from the key or the comment when observed
    Bytes key;
    Bytes key_end;  // last of a range, inclusive: always there in interval sets
    Bytes data;     // empty for sets
    auto operator<=>(const Element&) const = default;
    auto sort_key() const { return std::tie(set, key, key_end); }
};

struct Ruleset {
    // Digest of the frame (chains, rules, set definitions), empty: there is no table. Two frames of
    // one digest are the same; another one is replaced in a single transaction with all the elements.
    std::string frame;
    std::vector<Element> elements;  // sorted by sort_key()
    // Devices whose packets may take the flowtable's short way: each device of one tenant, nvi0, the
    // uplinks. Sorted. Empty in frames without offload.
    std::vector<std::string> flow_devices;
    // False: the kernel can tell neither by a list (too many) nor by hooks (not built in, as in Debian's
    // 6.1). To add all once more is harmless then.
    bool flow_devices_known = true;
};

}  // namespace nvi::nft
