# SPDX-License-Identifier: GPL-2.0-or-later
# This gateway: gwctl makes it from files, as on any machine.
cards
modprobe nvi
folder=$(mktemp -d)
mkdir "$folder/tenants.d"
cat >"$folder/gateway.toml" <<EOF
[gateway]
outside = ["up0"]
public = ["198.18.0.0/16"]
tenants = "tenants.d"
state = "$folder/state"
[underlay]
address = "$underlay"
[offload]
enabled = $([ "$FLOWTABLE" = yes ] && echo true || echo false)
EOF
for ((i = 0; i < TENANTS; i++)); do
    number "$i"
    cat >"$folder/tenants.d/t$id.toml" <<EOF
id = $id
[overlay]
type = "$OVERLAY"
key = $id
gateway = ["10.0.0.1/24"]
[[host]]
address = "$host"
node = "$node"
mac = "$host_mac"
[[floating]]
public = "$public"
private = "$host"
EOF
    if ((RULES > 0)); then # the last one lets everything in
        printf '[firewall]\nin = "drop"\nout = "accept"\n'
        for ((rule = 1; rule < RULES; rule++)); do
            printf '[[rule]]\ndirection = "in"\naction = "drop"\nprotocol = "tcp"\nfrom = ["%s.%s.0.0/16"]\nports = ["%s-%s"]\n' \
                $((20 + rule)) $((i % 200)) $((rule * 100)) $((rule * 100 + i % 50))
        done
        printf '[[rule]]\ndirection = "in"\naction = "accept"\nprotocol = "udp"\n'
    fi >>"$folder/tenants.d/t$id.toml"
done
"$REPOSITORY/build/release/gateway/cli/gwctl" --config "$folder/gateway.toml" apply >&2
rm -r "$folder"
patience
