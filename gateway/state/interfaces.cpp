// SPDX-License-Identifier: GPL-2.0-or-later
// Device names and interface indices.
#include "gateway/state/interfaces.hpp"

#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"
#include "gateway/netlink/pipeline.hpp"
#include "gateway/state/link.hpp"

namespace nvi::state {

void Interfaces::learn(const std::string& name, uint32_t index) {
    forget(name);
    if (const auto other = names_.find(index); other != names_.end()) indices_.erase(other->second);
    indices_[name] = index;
    names_[index] = name;
}

void Interfaces::forget(const std::string& name) {
    const auto known = indices_.find(name);
    if (known == indices_.end()) return;
    names_.erase(known->second);
    indices_.erase(known);
}

void Interfaces::clear() {
    indices_.clear();
    names_.clear();
}

uint32_t Interfaces::index(const std::string& name) {
    if (const auto known = indices_.find(name); known != indices_.end()) return known->second;
    std::string words;
    if (questions_ != nullptr) {
        netlink::Message request = get_link(name);
        words = netlink::ask(*questions_, request, [&](const netlink::MessageView& message) {
                    const auto identity = link_identity(message);
                    learn(identity.name, identity.index);
                }).words;
        // By what was asked for: an alternative name of the device answers with its real one.
        if (const auto known = indices_.find(name); known != indices_.end()) return known->second;
    }
    throw Error::system("device " + name, ENODEV, words);
}

std::optional<std::string> Interfaces::name(uint32_t index) {
    if (const auto known = names_.find(index); known != names_.end()) return known->second;
    if (questions_ == nullptr) return std::nullopt;
    netlink::Message request = get_link(index);
    netlink::ask(*questions_, request, [&](const netlink::MessageView& message) {
        const auto identity = link_identity(message);
        learn(identity.name, identity.index);
    });
    const auto known = names_.find(index);
    return known != names_.end() ? std::optional(known->second) : std::nullopt;
}

void Interfaces::fetch(std::span<const std::string> names) {
    if (questions_ == nullptr) return;
    netlink::Pipeline pipeline(*questions_, [&](size_t, const netlink::MessageView& message) {
        const auto identity = link_identity(message);
        learn(identity.name, identity.index);
    });
    for (const std::string& name : names) {
        if (!indices_.contains(name)) pipeline.submit(get_link(name), 0, kLinkReply);
    }
    for (const auto& failure : pipeline.flush()) {
        if (failure.code != ENODEV) throw Error::system("device indices", failure.code, failure.words);
    }
}

}  // namespace nvi::state
