// SPDX-License-Identifier: GPL-2.0-or-later
/* Takes everything. A veth end keeps what its peer's XDP sends back until it has a program of its own
 * (veth_xdp_flush() in drivers/net/veth.c).
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
