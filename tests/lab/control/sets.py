# SPDX-License-Identifier: GPL-2.0-or-later
"""Random sets of tenants: files that `gwctl check` takes, name to text, gateway.toml with them.

Few names, ids and public addresses: what is in two sets shall often differ in a little."""

TENANTS = [("acme", 1001), ("globex", 1002), ("initech", 1003)]
UPLINKS = ["eth0", "eth1"]
SHARED_PORT = 4790  # tenants' own vxlan has others


def quoted(values):
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


class Set:
    def __init__(self, rng):
        self.rng = rng
        self.publics = rng.sample([f"203.0.113.{n}" for n in range(10, 40)], 30)
        self.publics6 = rng.sample([f"2001:db8:100::{n:x}" for n in range(16, 26)], 10)
        self.keys = rng.sample(range(1, 6), 4)
        self.nodes = rng.sample([21, 22, 23], 3)  # of ipip, each one tenant's
        self.shared = rng.sample(["gretap", "vxlan"], rng.choice([0, 1, 2, 2]))
        self.files = {"gateway.toml": self.gateway()}
        for name, number in rng.sample(TENANTS, rng.choice([0, 1, 2, 2, 3, 3, 3, 3])):
            self.files[f"tenants.d/{name}.toml"] = self.tenant(number)

    def maybe(self, share):
        return self.rng.random() < share

    def gateway(self):
        text = (f'[gateway]\noutside = {quoted(UPLINKS[:self.rng.choice([1, 1, 2])])}\npublic = ["203.0.113.0/24", "2001:db8:100::/48"]\n'
                'tenants = "tenants.d"\nstate = "state"\n[underlay]\naddress = "172.16.0.1"\n')
        if self.shared:
            text += f"shared = {quoted(self.shared)}\n"
            text += f"shared-port = {SHARED_PORT}\n" if "vxlan" in self.shared else ""
        if self.maybe(0.3):
            text += "mtu = 1400\n"
        return text + ("[offload]\nenabled = false\n" if self.maybe(0.2) else "")

    def tenant(self, number):
        rng, site = self.rng, number - 1000
        kind = rng.choice(["gretap", "gretap", "vxlan", "vxlan", "gre", "ipip"])
        ethernet = kind in ("gretap", "vxlan")
        shared = kind in self.shared and self.maybe(0.6)
        remote = ethernet and not shared and self.maybe(0.2)
        by_map = ethernet and not shared and not remote and self.maybe(0.3)
        own6 = f"2001:db8:100:{site:x}::" if self.maybe(0.5) else ""
        prefixed = own6 and self.maybe(0.5)
        peered = self.maybe(0.4)
        inside = [f"10.0.0.{rng.choice([1, 254])}/24"] + ([f"10.{site}.0.1/24"] if peered else []) + ([f"{own6}1/64"] if own6 else [])

        text = f'id = {number}\n[overlay]\ntype = "{kind}"\ngateway = {quoted(inside)}\n'
        if kind != "ipip":
            text += f"key = {number if shared else self.keys.pop()}\n"
        if kind == "vxlan":
            text += f"port = {SHARED_PORT if shared else rng.choice([4789, 8472])}\n"
        if shared:
            text += 'device = "shared"\n'
        if by_map:
            text += 'destinations = "map"\n'
        if remote:
            text += f'remote = "172.16.0.{rng.choice([11, 12])}"\n'

        hosts = [f"10.0.0.{host}" for host in rng.sample(range(7, 12), rng.randint(1, 3))]
        hosts6 = [f"{own6}{host}" for host in rng.sample(range(7, 10), rng.randint(0, 2))] if own6 else []
        nodes = [self.nodes.pop()] if kind == "ipip" else [11, 12]
        for host in hosts + hosts6:
            text += f'[[host]]\naddress = "{host}"\nnode = "172.16.0.{rng.choice(nodes)}"\n'
            if shared or (ethernet and self.maybe(0.5)):
                text += f'mac = "02:00:00:00:00:{rng.randint(1, 3):02x}"\n'
        text += self.bindings(hosts, self.publics) + self.bindings(hosts6, self.publics6)
        text += self.pools()
        if hosts6 and self.maybe(0.5):
            text += f'[[snat]]\nfrom = "{own6}/64"\nto = {quoted(self.publics6.pop() for _ in range(rng.randint(1, 2)))}\n'
        if prefixed:
            text += f'[[prefix]]\npublic = "{own6}/{rng.choice([64, 65])}"\n'
        if peered:
            other = rng.choice([other for _, other in TENANTS if other != number])
            text += f'[[peering]]\nid = {other}\nlocal = ["10.{site}.0.0/{rng.choice([24, 25])}"]\nremote = ["10.{other - 1000}.0.0/{rng.choice([24, 25])}"]\n'
        return text + self.filters(hosts) + self.limits()

    def bindings(self, hosts, publics):
        """Floating addresses, two of them of a host at times, and forwards."""
        rng, text = self.rng, ""
        for host in hosts:
            for _ in range(rng.choice([0, 0, 1, 1, 2])):
                text += f'[[floating]]\npublic = "{publics.pop()}"\nprivate = "{host}"\n'
        if hosts and self.maybe(0.6):
            first, count = rng.choice([80, 8000]), rng.choice([1, 1, 3, 5])
            inner = rng.choice([80, 8000, 9000])
            last = first + count - 1
            outer = str(first) if count == 1 else f"{first}-{last}"
            inner = str(inner) if count == 1 or self.maybe(0.5) else f"{inner}-{inner + count - 1}"
            public, private = publics.pop(), rng.choice(hosts)
            if ":" in public:
                public, private = f"[{public}]", f"[{private}]"
            text += (f'[[forward]]\nprotocol = "{rng.choice(["tcp", "udp", "sctp"])}"\npublic = "{public}:{outer}"\n'
                     f'private = "{private}:{inner}"\n')
        return text

    def pools(self):
        """Of one address or several, by ports, in blocks; of the whole prefix or of parts of it."""
        rng, text = self.rng, ""
        for source, addresses in rng.choice([[], [("10.0.0.0/24", 256)], [("10.0.0.0/28", 16)], [("10.0.0.0/28", 16), ("10.0.0.128/25", 128)]]):
            pool = [self.publics.pop() for _ in range(rng.randint(1, 3))]
            text += f'[[snat]]\nfrom = "{source}"\nto = {quoted(pool)}\n'
            if self.maybe(0.6):
                first, last = rng.choice([(1024, 65535), (20000, 29999), (20000, 39999)])
                text += f'ports = "{first}-{last}"\n'
                if self.maybe(0.6):
                    # At most so many ports that all sources have a block, and a border between addresses.
                    each = (last - first + 1) * len(pool) // (addresses + len(pool))
                    text += f"block = {rng.choice([each, max(each // 2, 1)])}\n"
        return text

    def filters(self, hosts):
        rng, text = self.rng, ""
        if self.maybe(0.3):
            text += f'[firewall]\nin = "{rng.choice(["drop", "reject"])}"\nout = "{rng.choice(["accept", "drop"])}"\n'
            text += f'log = {rng.choice(["true", "false"])}\n'
        for _ in range(rng.choice([0, 0, 1, 2])):
            direction = rng.choice(["in", "out"])
            text += f'[[rule]]\ndirection = "{direction}"\naction = "{rng.choice(["accept", "drop", "reject"])}"\n'
            text += f'protocol = "tcp"\nports = [{rng.choice([22, 80])}, "8000-{rng.choice([8010, 8020])}"]\n'
            if self.maybe(0.5):
                text += f'{"from" if direction == "in" else "to"} = ["198.51.100.0/24"]\n'
            elif self.maybe(0.5):
                text += f'{"to" if direction == "in" else "from"} = ["{rng.choice(hosts)}"]\n'
        return text

    def limits(self):
        rng = self.rng
        if not self.maybe(0.5):
            return ""
        return "[limits]\n" + "".join(f"{key} = {value}\n" for key, value in rng.sample(
            [("connections", rng.choice([100, 1000])), ("new-connections", rng.choice([50, 500])),
             ("rate-in", rng.choice(['"50M"', '"80M"'])), ("rate-out", '"1500k"'),
             ("packets-in", 20000), ("packets-out", rng.choice([9000, 10000]))], rng.randint(1, 3)))
