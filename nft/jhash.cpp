// SPDX-License-Identifier: GPL-2.0-or-later
// Bob Jenkins' lookup3 (public domain, http://burtleburtle.net/bob/c/lookup3.c), byte by byte.
#include "nft/jhash.hpp"

#include <bit>

namespace nvi::nft {

namespace {

struct State {
    uint32_t a, b, c;
};

void mix(State& s) {
    s.a -= s.c;
    s.a ^= std::rotl(s.c, 4);
    s.c += s.b;
    s.b -= s.a;
    s.b ^= std::rotl(s.a, 6);
    s.a += s.c;
    s.c -= s.b;
    s.c ^= std::rotl(s.b, 8);
    s.b += s.a;
    s.a -= s.c;
    s.a ^= std::rotl(s.c, 16);
    s.c += s.b;
    s.b -= s.a;
    s.b ^= std::rotl(s.a, 19);
    s.a += s.c;
    s.c -= s.b;
    s.c ^= std::rotl(s.b, 4);
    s.b += s.a;
}

void finish(State& s) {
    s.c ^= s.b;
    s.c -= std::rotl(s.b, 14);
    s.a ^= s.c;
    s.a -= std::rotl(s.c, 11);
    s.b ^= s.a;
    s.b -= std::rotl(s.a, 25);
    s.c ^= s.b;
    s.c -= std::rotl(s.b, 16);
    s.a ^= s.c;
    s.a -= std::rotl(s.c, 4);
    s.b ^= s.a;
    s.b -= std::rotl(s.a, 14);
    s.c ^= s.b;
    s.c -= std::rotl(s.b, 24);
}

// Adds up to twelve bytes; the missing ones count as zero.
void absorb(State& s, std::span<const uint8_t> bytes) {
    uint32_t words[3]{};
    for (size_t i = 0; i < bytes.size() && i < 12; ++i)
        words[i / 4] += static_cast<uint32_t>(bytes[i]) << (8 * (i % 4));
    s.a += words[0];
    s.b += words[1];
    s.c += words[2];
}

}  // namespace

uint32_t jhash(std::span<const uint8_t> key, uint32_t seed) {
    const uint32_t start = 0xdeadbeef + static_cast<uint32_t>(key.size()) + seed;
    State state{start, start, start};
    while (key.size() > 12) {
        absorb(state, key);
        mix(state);
        key = key.subspan(12);
    }
    if (key.empty()) return state.c;
    absorb(state, key);
    finish(state);
    return state.c;
}

}  // namespace nvi::nft
