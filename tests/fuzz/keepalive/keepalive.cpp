// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a keepalive: what is read says the same bytes again, and only the secret's holder makes what
// verifies.
#include "peers/keepalive.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace nvi::peers;
    // Of exactly this length for the address sanitizer.
    const std::vector<uint8_t> frame(data, data + size);
    Secret secret{};
    for (size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<uint8_t>(i);
    const bool genuine = verify(frame, 1001, secret);
    const auto keepalive = decode(frame, 1001);
    if (!keepalive) return 0;
    const auto again = encode(*keepalive, secret);
    constexpr auto kSigned = static_cast<std::ptrdiff_t>(kFrameSize - 32);
    if (!std::equal(again.begin(), again.begin() + kSigned, frame.begin())) std::abort();
    if (genuine != std::equal(again.begin(), again.end(), frame.begin())) std::abort();
    return 0;
}
