#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stream.py serve PORT: echoes UDP datagrams and the lines of TCP connections.
stream.py talk FROM TO PORT: sends a numbered datagram each 5 ms and a line each 20 ms until SIGTERM, then waits for what is
outstanding. Status 1 when a datagram did not come back, or the connection broke. Prints what it saw."""

import select
import signal
import socket
import sys
import time


def serve(port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", port))
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("0.0.0.0", port))
    tcp.listen()
    streams = []
    while True:
        for ready in select.select([udp, tcp, *streams], [], [])[0]:
            if ready is udp:
                data, peer = udp.recvfrom(2048)
                udp.sendto(data, peer)
            elif ready is tcp:
                streams.append(tcp.accept()[0])
            else:
                try:
                    data = ready.recv(65536)
                except OSError:
                    data = b""
                if data:
                    ready.sendall(data)
                else:
                    streams.remove(ready)
                    ready.close()


def talk(source, destination, port):
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((source, 0))
    udp.connect((destination, port))
    tcp = socket.create_connection((destination, port), 10, (source, 0))
    sent, lines, echoed, missing, last, broken = 0, 0, 0, set(), 0.0, ""
    end = None
    while end is None or (time.monotonic() < end and (missing or echoed < lines * 8)):
        now = time.monotonic()
        if running:
            udp.send(b"%d" % sent)
            missing.add(sent)
            sent += 1
            if now - last >= 0.02 and not broken:
                last = now
                tcp.sendall(b"%7d\n" % lines)
                lines += 1
        elif end is None:
            end = now + 5
        stop = now + 0.005
        while (left := stop - time.monotonic()) > 0:
            for ready in select.select([udp] if broken else [udp, tcp], [], [], left)[0]:
                try:
                    data = ready.recv(65536)
                except OSError as error:
                    if ready is tcp:
                        broken = str(error)
                    continue
                if ready is udp:
                    missing.discard(int(data))
                elif data:
                    echoed += len(data)
                else:
                    broken = "closed"
    print(f"{source} to {destination}: {sent} datagrams, lost {sorted(missing)[:20] or 'none'}; {lines} lines, "
          f"{echoed // 8} came back{', connection ' + broken if broken else ''}", flush=True)
    return 1 if missing or broken or echoed < lines * 8 else 0


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    sys.exit(talk(sys.argv[2], sys.argv[3], int(sys.argv[4])))
