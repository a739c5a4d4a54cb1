# SPDX-License-Identifier: GPL-2.0-or-later
# This gateway: gwctl makes it from files, as on any machine.
cards
modprobe nvi
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
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
device = "un0"
$([ "$WAY" != shared ] || echo 'shared = ["gretap"]')
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
gateway = ["10.0.0.1/$((HOSTS > 250 ? 15 : 24))"]
$([ "$WAY" != map ] || echo 'destinations = "map"')
$([ "$WAY" != shared ] || echo 'device = "shared"')
[[host]]
address = "$host"
node = "$node"
mac = "$host_mac"
[[floating]]
public = "$public"
private = "$host"
EOF
    for ((other = 256; other < 255 + HOSTS; other++)); do
        printf '[[host]]\naddress = "10.%s.%s.%s"\nnode = "%s"\n' \
            $((other >> 16)) $((other >> 8 & 255)) $((other & 255)) "$node"
    done >>"$folder/tenants.d/t$id.toml"
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
