// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's netfilter headers in the one order that goes with the C library's.
#pragma once

// clang-format off
#include <netinet/in.h>  // first: <linux/in.h> leaves out what it finds here
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
// clang-format on
