#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""attributes.py COUNT SEED: makes, changes and deletes links of kind nvi by random netlink messages, well-formed and
not. Whatever the kernel accepts it must be able to show and to delete. Prints how many it accepted and refused."""
import random
import struct
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import link  # noqa: E402

NAMES = ["fuzz0", "fuzz1", "fuzz2"]


def value(rng):
    return rng.choice([b"", b"\0", struct.pack("H", 1), struct.pack("I", rng.choice([0, 1, 2, 3, 255, 0x80000000])),
                       struct.pack("Q", rng.choice([0, 1, 1 << 40])), rng.randbytes(rng.randrange(64))])


def broken(rng, kind, payload):
    """An attribute whose length may lie."""
    length = 4 + len(payload)
    if rng.random() < 0.1:
        length = rng.choice([0, 1, 3, 4, length + 1, length + 64, 0xFFFF])
    return struct.pack("HH", length & 0xFFFF, kind) + payload + b"\0" * (-len(payload) % 4)


def info_data(rng):
    data = b""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 5])):
        kind = rng.choice([link.NVI_MODE, link.NVI_MODE, 0, 2, 3, 0x3FFF, link.NVI_MODE | 0x8000])
        data += broken(rng, kind, struct.pack("I", rng.randrange(3)) if rng.random() < 0.5 else value(rng))
    return data


def message(rng):
    payload = struct.pack("BxHiII", 0, 0, 0, 0, 0)
    payload += link.attribute(link.IFLA_IFNAME, rng.choice(NAMES).encode() + b"\0")
    if rng.random() < 0.3:
        payload += broken(rng, link.IFLA_LINK, struct.pack("I", rng.choice([0, 1, 2, 3, 4, 5, 999, 1 << 31])))
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        # Not the namespaces (19, 28) nor the alternative names: what is accepted must be found again.
        payload += broken(rng, rng.choice([1, 4, 10, 13, 15, 16, 17, 27, 31, 32, 40, 41]), value(rng))
    info = link.attribute(link.INFO_KIND, rng.choice([b"nvi", b"nvi", b"nvi\0", b"nvi\0x", b"dummy"]))
    if rng.random() < 0.9:
        info += broken(rng, link.INFO_DATA | rng.choice([0, 0x8000]), info_data(rng))
    return payload + broken(rng, link.IFLA_LINKINFO | 0x8000, info)


def main(count, seed):
    rng = random.Random(int(seed))
    route = link.Route()
    outcome = Counter()
    for _ in range(int(count)):
        verb = rng.random()
        try:
            if verb < 0.6:
                route.request(link.RTM_NEWLINK, link.F_ACK | rng.choice([0, link.F_CREATE, link.F_CREATE | link.F_EXCL,
                                                                          link.F_CREATE | 0x100]), message(rng))
            elif verb < 0.8:
                route.link(name=rng.choice(NAMES))
            else:
                payload = struct.pack("BxHiII", 0, 0, 0, 0, 0)
                payload += link.attribute(link.IFLA_IFNAME, rng.choice(NAMES).encode() + b"\0")
                route.request(17, link.F_ACK, payload)
            outcome["accepted"] += 1
        except OSError as error:
            outcome["refused"] += 1
            outcome[error.strerror] += 1
    for name in NAMES:
        try:
            payload = struct.pack("BxHiII", 0, 0, 0, 0, 0) + link.attribute(link.IFLA_IFNAME, name.encode() + b"\0")
            route.request(17, link.F_ACK, payload)
        except OSError:
            pass
    print(outcome["accepted"], "accepted,", outcome["refused"], "refused")
    for words, times in outcome.most_common():
        if words not in ("accepted", "refused"):
            print(f"{times:7} {words}")


main(*sys.argv[1:])
