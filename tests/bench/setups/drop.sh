# SPDX-License-Identifier: GPL-2.0-or-later
# The floor: every packet is dropped as early as a rule can.
cards
nft -f - <<EOF
table netdev bench {
    chain up { type filter hook ingress device up0 priority 0; policy drop; }
    chain un { type filter hook ingress device un0 priority 0; policy drop; }
}
EOF
