#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""generate.py files DIRECTORY TENANTS: the files of that many tenants (two hosts, a floating address, a pool each).
generate.py large DIRECTORY TENANTS: into a folder of tenants' files, that many more, each with two floating addresses, a pool,
five forwards and 20 rules; ids from 2000.
generate.py tools PLAN DIRECTORY: what `gwctl --json plan` would make, as input for `ip -batch`, `tc -batch` and `nft -f`."""

import json
import os
import re
import sys


def files(directory, tenants):
    os.makedirs(f"{directory}/tenants.d", exist_ok=True)
    with open(f"{directory}/gateway.toml", "w") as f:
        f.write('[gateway]\noutside = ["eth0"]\npublic = ["100.64.0.0/10"]\ntenants = "tenants.d"\n'
                '[underlay]\naddress = "172.16.0.1"\n')
    for n in range(tenants):
        with open(f"{directory}/tenants.d/t{n}.toml", "w") as f:
            f.write(tenant(n))


def tenant(n):
    public = f"100.{64 + (n >> 15)}.{(n >> 7) & 255}"
    low = (n & 127) * 2
    node = f"172.16.{1 + n % 200}.{1 + n % 250}"
    return (f'id = {1000 + n}\n[overlay]\ntype = "gretap"\nkey = {1000 + n}\ngateway = ["10.0.0.1/24"]\n'
            f'[[host]]\naddress = "10.0.0.7"\nnode = "{node}"\n'
            f'[[host]]\naddress = "10.0.0.8"\nnode = "{node}"\n'
            f'[[floating]]\npublic = "{public}.{low}"\nprivate = "10.0.0.7"\n'
            f'[[snat]]\nfrom = "10.0.0.0/24"\nto = ["{public}.{low + 1}"]\n')


def large(directory, tenants):
    for n in range(tenants):
        def public(k, first=4 * n):
            return f"100.{64 + (first + k >> 16)}.{(first + k >> 8) & 255}.{(first + k) & 255}"
        text = (f'id = {2000 + n}\n[overlay]\ntype = "gretap"\nkey = {2000 + n}\ngateway = ["10.0.0.1/24"]\n'
                f'[[snat]]\nfrom = "10.0.0.0/24"\nto = ["{public(2)}"]\n[firewall]\nin = "drop"\n')
        for host in 7, 8:
            text += f'[[host]]\naddress = "10.0.0.{host}"\nnode = "172.16.{1 + n % 200}.{1 + n % 250}"\n'
            text += f'[[floating]]\npublic = "{public(host - 7)}"\nprivate = "10.0.0.{host}"\n'
        for k in range(5):
            text += f'[[forward]]\nprotocol = "tcp"\npublic = "{public(2)}:{8000 + k}"\nprivate = "10.0.0.7:{80 + k}"\n'
        for k in range(20):
            text += (f'[[rule]]\ndirection = "in"\naction = "accept"\nprotocol = "{"tcp" if k % 2 else "udp"}"\n'
                     f'ports = [{80 + k}]\nfrom = ["198.51.{k}.0/24"]\nto = ["10.0.0.{7 + k % 2}"]\n')
        with open(f"{directory}/t{n}.toml", "w") as f:
            f.write(text)


def tools(plan, directory):
    """One file a program, in an order that works: links, then what stands on them."""
    with open(plan) as f:
        changes = json.load(f)["changes"]
    os.makedirs(directory, exist_ok=True)
    links, settings, addresses, routes, rest, queues, filters, elements = [], [], [], [], [], [], [], []
    for change in changes:
        command = change["command"]
        if change["object"] == "link":
            name = command.split()[3]
            if " qdisc noqueue" in command and " master " in command:
                queues.append(f"qdisc replace dev {name} root noqueue")
            # ip has no word for queue and filters, and address generation is for a device that is there.
            block = re.search(r" ingress_block (\d+)", command)
            if block:
                queues.append(f"qdisc add dev {name}{block[0]} clsact")
                command = command.replace(block[0], "")
            command = command.replace(" qdisc noqueue", "").replace(" addrgenmode none", "").replace(" up ", " ")
            links.append((" master " in command, command[3:]))
            settings.append(f"link set {name} addrgenmode none up")
        elif change["object"] == "filter":
            # Two of one preference would be of one protocol.
            preference = 1 if " protocol ip " in command else 2
            filters.append(command[3:].replace(" matchall", f" pref {preference} matchall"))
        elif change["object"] == "address":
            addresses.append(command[3:])
        elif change["object"] == "route":
            routes.append(command[3:])
        elif change["object"] == "neighbour":
            rest.append(command[3:])
        elif change["object"] == "element":
            elements.append(re.match(r"nft (add element inet nvi \S+) \{ (.*) \}", command).groups())
    links = [command for _, command in sorted(links, key=lambda link: link[0])]
    v6 = [line[3:] for line in routes if line.startswith("-6 ")]
    v4 = [line for line in routes if not line.startswith("-6 ")]
    # ip grows with each line, and a process of User Mode Linux may have 65,530 pages.
    lines, part = links + settings + addresses + v4 + rest, 20000
    for first in range(0, len(lines), part):
        write(f"{directory}/ip-{first // part}", lines[first:first + part])
    write(f"{directory}/ip6", v6)
    write(f"{directory}/tc", queues + filters)
    # nft goes through an interval set once a command.
    of_set = {}
    for head, element in elements:
        of_set.setdefault(head, []).append(element)
    write(f"{directory}/nft", [f"{head} {{ {', '.join(elements)} }}" for head, elements in of_set.items()])


def write(path, lines):
    with open(path, "w") as f:
        f.write("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    if sys.argv[1] == "files":
        files(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "large":
        large(sys.argv[2], int(sys.argv[3]))
    else:
        tools(sys.argv[2], sys.argv[3])
