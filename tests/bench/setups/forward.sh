# SPDX-License-Identifier: GPL-2.0-or-later
# Plain forwarding: no tunnel, no connection tracking, hosts have the public addresses themselves.
cards
ip route add 198.18.0.0/16 via $node
