#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Links of kind nvi by netlink, with the attributes that ip does not know.

  link.py add NAME [mode MODE] [link DEVICE]
  link.py change NAME [mode MODE] [link DEVICE|none]
  link.py show NAME          prints "mode MODE link DEVICE"
  link.py xstats NAME        prints the counters of IFLA_INFO_XSTATS, one line

MODE is hub, classic or a number. A refusal prints the kernel's words and ends with status 1.
"""
import os
import socket
import struct
import sys

RTM_NEWLINK, RTM_GETLINK = 16, 18
F_REQUEST, F_ACK, F_EXCL, F_CREATE = 1, 4, 0x200, 0x400
F_CAPPED, F_ACK_TLVS = 0x100, 0x200
IFLA_IFNAME, IFLA_LINK, IFLA_LINKINFO = 3, 5, 18
INFO_KIND, INFO_DATA, INFO_XSTATS = 1, 2, 3
NVI_MODE = 1
MODES = ["hub", "classic"]
SOL_NETLINK, NETLINK_EXT_ACK, ERROR_MESSAGE = 270, 11, 1


def attribute(kind, payload):
    return struct.pack("HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("HH", data)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


class Route:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.bind((0, 0))
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)

    def request(self, kind, flags, payload):
        """Sends one message; returns the payload of the answer, or raises OSError with the kernel's words."""
        message = struct.pack("IHHII", 16 + len(payload), kind, flags | F_REQUEST, 1, 0) + payload
        self.socket.send(message)
        answer = self.socket.recv(65536)
        _, answer_kind, answer_flags, _, _ = struct.unpack_from("IHHII", answer)
        if answer_kind != 2:
            return answer[16:]
        error, original = struct.unpack_from("iI", answer, 16)
        if error:
            start = 36 if answer_flags & F_CAPPED else 20 + original
            words = attributes(answer[start:]).get(ERROR_MESSAGE, b"") if answer_flags & F_ACK_TLVS else b""
            raise OSError(-error, words.rstrip(b"\0").decode() or os.strerror(-error))
        return b""

    def link(self, index=0, name=None):
        payload = struct.pack("BxHiII", 0, 0, index, 0, 0)
        if name:
            payload += attribute(IFLA_IFNAME, name.encode() + b"\0")
        answer = self.request(RTM_GETLINK, 0, payload)
        return attributes(answer[16:])

    def change(self, name, flags, info_data, link=None, kind=b"nvi"):
        payload = struct.pack("BxHiII", 0, 0, 0, 0, 0) + attribute(IFLA_IFNAME, name.encode() + b"\0")
        if link is not None:
            payload += attribute(IFLA_LINK, struct.pack("I", link))
        info = attribute(INFO_KIND, kind) + attribute(INFO_DATA | 0x8000, info_data)
        self.request(RTM_NEWLINK, flags | F_ACK, payload + attribute(IFLA_LINKINFO | 0x8000, info))


def main(verb, name, *words):
    route = Route()
    given = dict(zip(words[::2], words[1::2]))
    if verb in ("add", "change"):
        mode, link = given.pop("mode", None), given.pop("link", None)
        if given:
            raise ValueError(f"unknown: {' '.join(given)}")
        data = b""
        if mode is not None:
            data = attribute(NVI_MODE, struct.pack("I", MODES.index(mode) if mode in MODES else int(mode)))
        index = None if link is None else 0 if link == "none" else socket.if_nametoindex(link)
        route.change(name, F_CREATE | F_EXCL if verb == "add" else 0, data, index)
        return
    link = route.link(name=name)
    info = attributes(link[IFLA_LINKINFO])
    if verb == "xstats":
        print(*struct.unpack(f"{len(info[INFO_XSTATS]) // 8}Q", info[INFO_XSTATS]))
        return
    mode = struct.unpack("I", attributes(info[INFO_DATA])[NVI_MODE])[0]
    uplink = link.get(IFLA_LINK)
    print("mode", MODES[mode], "link", socket.if_indextoname(struct.unpack("I", uplink)[0]) if uplink else "none")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("add", "change", "show", "xstats") or len(sys.argv) % 2 == 0:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        print(f"link.py: {error.strerror if isinstance(error, OSError) else error}", file=sys.stderr)
        sys.exit(1)
