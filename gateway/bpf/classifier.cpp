// SPDX-License-Identifier: GPL-2.0-or-later
// Our BPF program among the classifiers of a device.
#include "gateway/bpf/classifier.hpp"

#include <bpf/libbpf.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "gateway/bpf/words.hpp"
#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"

namespace nvi::bpf {

namespace {

constexpr netlink::Policy kNothing{};

bpf_tc_hook hook_of(unsigned ifindex, Direction direction) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = static_cast<int>(ifindex);
    hook.attach_point = direction == Direction::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
    return hook;
}

bpf_tc_opts filter(const Place& place) {
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = place.handle;
    options.priority = place.priority;
    return options;
}

tcmsg message_of(unsigned ifindex, uint32_t parent) {
    tcmsg head{};
    head.tcm_ifindex = static_cast<int>(ifindex);
    head.tcm_parent = parent;
    return head;
}

bool has_filters(netlink::Socket& socket, unsigned ifindex) {
    bool found = false;
    for (const uint32_t hook : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS}) {
        netlink::Message request(RTM_GETTFILTER, 0, message_of(ifindex, TC_H_MAKE(TC_H_CLSACT, hook)),
                                 kNothing);
        bool here = false;
        netlink::dump(
            socket, request, [&](const netlink::MessageView&) { here = true; }, [&] { here = false; });
        found = found || here;
    }
    return found;
}

}  // namespace

uint32_t Classifier::program() const {
    keep_words();
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) return 0;
    const auto hook = hook_of(ifindex, direction_);
    auto options = filter(place_);
    return bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
}

bool Classifier::attach(int program) const {
    keep_words();
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) throw Error::system("device " + device_, ENODEV);
    auto hook = hook_of(ifindex, direction_);
    const int made = bpf_tc_hook_create(&hook);
    if (made != 0 && made != -EEXIST)
        throw Error::system("add the clsact queueing discipline to " + device_, -made, last_words());
    auto options = filter(place_);
    options.prog_fd = program;
    options.flags = BPF_TC_F_REPLACE;
    if (const int error = bpf_tc_attach(&hook, &options); error != 0)
        throw Error::system("attach the classifier to " + device_, -error, last_words());
    return made == 0;
}

void Classifier::detach() const {
    keep_words();
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) return;
    const auto hook = hook_of(ifindex, direction_);
    const auto options = filter(place_);
    // EINVAL: there is no clsact.
    const int error = bpf_tc_detach(&hook, &options);
    if (error != 0 && error != -ENOENT && error != -EINVAL)
        throw Error::system("detach the classifier from " + device_, -error, last_words());
}

void Classifier::remove_qdisc() const {
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) return;
    auto socket = netlink::Socket::open(NETLINK_ROUTE);
    if (has_filters(socket, ifindex)) return;
    auto head = message_of(ifindex, TC_H_CLSACT);
    head.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    netlink::Message request(RTM_DELQDISC, 0, head, kNothing);
    const auto answer = netlink::ask(socket, request, [](const netlink::MessageView&) {});
    // There is none, or it is another's.
    if (answer.code != 0 && answer.code != ENOENT && answer.code != EINVAL)
        throw Error::system("delete the clsact queueing discipline of " + device_, answer.code, answer.words);
}

}  // namespace nvi::bpf
