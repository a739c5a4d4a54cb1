// SPDX-License-Identifier: GPL-2.0-or-later
// What conntrack counts of itself (net/netfilter/nf_conntrack_netlink.c: ctnetlink_ct_stat_cpu_fill_info()).
#include "gateway/flows/statistics.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cerrno>

#include "gateway/net/error.hpp"
#include "gateway/netlink/dump.hpp"

namespace nvi::flows {

namespace {

constexpr netlink::Policy kStatistics{{CTA_STATS_INSERT_FAILED, netlink::Kind::be32}};

}  // namespace

uint64_t without_port(netlink::Socket& netfilter) {
    uint64_t sum = 0;  // of all processors
    const nfgenmsg head{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = 0};
    netlink::Message request(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS_CPU, 0, head, kStatistics);
    try {
        netlink::dump(
            netfilter, request,
            [&](const netlink::MessageView& message) {
                sum += message.attributes<nfgenmsg>(kStatistics).be32(CTA_STATS_INSERT_FAILED).value_or(0);
            },
            [&] { sum = 0; });
    } catch (const Error& error) {
        // Without conntrack nothing was dropped by it.
        if (error.code() == EINVAL || error.code() == EOPNOTSUPP) return 0;
        throw;
    }
    return sum;
}

}  // namespace nvi::flows
