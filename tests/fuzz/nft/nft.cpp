// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a message with elements of our sets: the reader takes it or throws nvi::Error. What it
// takes can be printed, or is of another length than its set has.
#include <cstdlib>
#include <vector>

#include "gateway/net/error.hpp"
#include "nft/elements.hpp"
#include "nft/frame_objects.hpp"
#include "nft/messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // As the socket's buffer: aligned, and of exactly this length for the address sanitizer.
    const std::vector<uint8_t> datagram(data, data + size);
    nvi::nft::comment_in(datagram.data(), static_cast<uint32_t>(datagram.size()));
    try {
        nvi::netlink::messages(datagram, [](const nvi::netlink::MessageView& message) {
            try {
                nvi::nft::elements(message, [&](nvi::nft::Element&& element, size_t offset) {
                    if (offset >= message.header().nlmsg_len) std::abort();
                    nvi::nft::text(element);
                });
            } catch (const nvi::Error&) {
            }
            return true;
        });
    } catch (const nvi::Error&) {
    }
    return 0;
}
