# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench's packets: 64-byte UDP of flow F (0, 1, …), as they arrive from the outside and from a tenant's tunnel.

The numbers are those of setups/common.sh.
"""

import socket
import struct

UPLINK_MAC = bytes.fromhex("020000000101")
UNDERLAY_MAC = bytes.fromhex("020000000102")
UPLINK_NEXT_MAC = bytes.fromhex("020000000001")
NODE_MAC = bytes.fromhex("020000000002")
HOST_MAC = bytes.fromhex("020000000007")
UNDERLAY, NODE, HOST = (socket.inet_aton(a) for a in ("172.16.0.1", "172.16.0.2", "10.0.0.7"))
VXLAN_PORT = 4789
PAYLOAD = b"nvi gateway bench!"  # 18 bytes: with Ethernet, IP and UDP 60, and 64 with the frame check sequence


def tenant_id(tenant):
    return 1000 + tenant


def public(tenant):
    return bytes((198, 18, (tenant >> 8) + 1, tenant & 255))


SHARED_MAC = bytes.fromhex("026e76010000")


def gateway_mac(tenant):
    return b"\x02\x6e\x76\x00" + struct.pack("!H", tenant_id(tenant))


def client(flow):
    return bytes((198, 19, 0, 1 + flow % 200))


def client_port(flow):
    return 10000 + flow % 50000


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(source, destination, protocol, payload, ttl=64):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, ttl, protocol, 0, source, destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(source, destination, source_port, destination_port, payload):
    head = struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0)
    pseudo = source + destination + struct.pack("!BBH", 0, 17, len(head) + len(payload))
    return head[:6] + struct.pack("!H", checksum(pseudo + head + payload) or 0xFFFF) + payload


def ethernet(destination, source, payload):
    return destination + source + b"\x08\x00" + payload


def request(flow, source, destination):
    """The IP packet of a flow from the client to the server."""
    return ip(source, destination, 17, udp(source, destination, client_port(flow), 80, PAYLOAD))


def reply(flow, source, destination):
    return ip(source, destination, 17, udp(source, destination, 80, client_port(flow), PAYLOAD))


def inbound(flow, tenants):
    """From a client to the public address of the flow's tenant, received on the uplink."""
    return ethernet(UPLINK_MAC, UPLINK_NEXT_MAC, request(flow, client(flow), public(flow % tenants)))


def outbound(flow, tenants, overlay, shared=False):
    """From the tenant's host to the client, received on the underlay card; "none": with the public address itself."""
    tenant = flow % tenants
    if overlay == "none":
        return ethernet(UNDERLAY_MAC, NODE_MAC, reply(flow, public(tenant), client(flow)))
    inner = ethernet(SHARED_MAC if shared else gateway_mac(tenant), HOST_MAC, reply(flow, HOST, client(flow)))
    if overlay == "gretap":
        outer = ip(NODE, UNDERLAY, 47, struct.pack("!HHI", 0x2000, 0x6558, tenant_id(tenant)) + inner)
    else:
        head = struct.pack("!II", 0x08000000, tenant_id(tenant) << 8)
        port = 49152 + flow % 16384
        outer = ip(NODE, UNDERLAY, 17, struct.pack("!HHHH", port, VXLAN_PORT, 16 + len(inner), 0) + head + inner)
    return ethernet(UNDERLAY_MAC, NODE_MAC, outer)


def unwrap(frame, overlay):
    """(tenant's id or None, source, destination, source port, destination port) of a frame that the machine sent."""
    packet, key = frame[14:], None
    if overlay == "gretap" and packet[9] == 47:
        key = struct.unpack("!I", packet[24:28])[0]
        packet = packet[28 + 14 :]
    elif overlay == "vxlan" and packet[9] == 17 and struct.unpack("!H", packet[22:24])[0] == VXLAN_PORT:
        key = struct.unpack("!I", packet[32:36])[0] >> 8
        packet = packet[36 + 14 :]
    return (key, packet[12:16], packet[16:20], *struct.unpack("!HH", packet[20:24]))
