// SPDX-License-Identifier: GPL-2.0-or-later
// Our BPF program among the classifiers of a device.
#include "gateway/bpf/classifier.hpp"

#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>

#include "gateway/bpf/words.hpp"
#include "gateway/net/error.hpp"

namespace nvi::bpf {

namespace {

constexpr uint32_t kPriority = 110;  // and the handle

bpf_tc_hook hook_of(unsigned ifindex, Direction direction) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = static_cast<int>(ifindex);
    hook.attach_point = direction == Direction::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
    return hook;
}

bpf_tc_opts filter() {
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = kPriority;
    options.priority = kPriority;
    return options;
}

}  // namespace

uint32_t Classifier::program() const {
    keep_words();
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) return 0;
    const auto hook = hook_of(ifindex, direction_);
    auto options = filter();
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
    auto options = filter();
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
    const auto options = filter();
    // EINVAL: there is no clsact.
    const int error = bpf_tc_detach(&hook, &options);
    if (error != 0 && error != -ENOENT && error != -EINVAL)
        throw Error::system("detach the classifier from " + device_, -error, last_words());
}

void Classifier::remove_qdisc() const {
    keep_words();
    const unsigned ifindex = if_nametoindex(device_.c_str());
    if (ifindex == 0) return;
    auto hook = hook_of(ifindex, direction_);
    hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
    bpf_tc_hook_destroy(&hook);
}

}  // namespace nvi::bpf
