// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that carry their tenant's number, sent and received raw at one side of the gateway: a packet of one
// tenant that comes out as another's is a stray.
//
//   strays node|internet DEVICE GATEWAY-MAC FIRST TENANTS PACKETS
//
// All tenants have the one connection 10.0.0.7:5000 <-> 198.51.100.9:6000 (UDP). Tenant N has the GRE key N
// (node 172.16.0.11, gateway 172.16.0.1) and the public address 203.0.x.y, whose last two bytes are N. A
// node's packet is in GRE; the internet's goes to a public address. PACKETS are sent in all, tenant after
// tenant; what comes is compared with what its tunnel or source address says. Prints "sent N received N
// strays N tenants N" and fails when a packet strayed. Ends when all is sent, and as many came or for three
// seconds none.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURST 64
#define FRAME 2048
#define MAGIC 0x6e766921u

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 7};

struct load {
    uint32_t magic;
    uint32_t tenant;
} __attribute__((packed));

static uint16_t checksum(const void* data, size_t length) {
    const uint8_t* byte = data;
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < length; i += 2) sum += (uint32_t)(byte[i] << 8 | byte[i + 1]);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static uint8_t* put_ip(uint8_t* at, uint32_t from, uint32_t to, uint8_t protocol, size_t payload) {
    struct iphdr* ip = (struct iphdr*)at;
    memset(ip, 0, sizeof(*ip));
    ip->version = 4;
    ip->ihl = 5;
    ip->ttl = 64;
    ip->protocol = protocol;
    ip->tot_len = htons((uint16_t)(sizeof(*ip) + payload));
    ip->saddr = htonl(from);
    ip->daddr = htonl(to);
    ip->check = checksum(ip, sizeof(*ip));
    return at + sizeof(*ip);
}

static uint8_t* put_udp(uint8_t* at, uint16_t from, uint16_t to, uint32_t tenant) {
    struct udphdr* udp = (struct udphdr*)at;
    struct load load = {htonl(MAGIC), htonl(tenant)};
    udp->source = htons(from);
    udp->dest = htons(to);
    udp->len = htons(sizeof(*udp) + sizeof(load));
    udp->check = 0;  // none
    memcpy(at + sizeof(*udp), &load, sizeof(load));
    return at + sizeof(*udp) + sizeof(load);
}

static uint8_t* put_ethernet(uint8_t* at, const uint8_t* to, const uint8_t* from) {
    memcpy(at, to, 6);
    memcpy(at + 6, from, 6);
    at[12] = 8;
    at[13] = 0;
    return at + 14;
}

static uint32_t public_of(uint32_t tenant) {
    return 0xcb000000u | (tenant & 0xffff);  // 203.0.0.0
}

#define INTERNET 0xc6336409u  // 198.51.100.9
#define HOST 0x0a000007u      // 10.0.0.7
#define NODE 0xac10000bu      // 172.16.0.11
#define GATEWAY 0xac100001u   // 172.16.0.1

static size_t make(uint8_t* frame, int node, const uint8_t* gateway, const uint8_t* own, uint32_t tenant) {
    const size_t inner = sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct load);
    uint8_t tenant_mac[6] = {2, 0x6e, 0x76, 0, (uint8_t)(tenant >> 8), (uint8_t)tenant};
    uint8_t* at = put_ethernet(frame, gateway, own);
    if (node) {
        at = put_ip(at, NODE, GATEWAY, IPPROTO_GRE, 8 + 14 + inner);
        const uint32_t gre[2] = {htonl(0x20006558), htonl(tenant)};
        memcpy(at, gre, sizeof(gre));
        at = put_ethernet(at + sizeof(gre), tenant_mac, host_mac);
        at = put_ip(at, HOST, INTERNET, IPPROTO_UDP, sizeof(struct udphdr) + sizeof(struct load));
        at = put_udp(at, 5000, 6000, tenant);
    } else {
        at =
            put_ip(at, INTERNET, public_of(tenant), IPPROTO_UDP, sizeof(struct udphdr) + sizeof(struct load));
        at = put_udp(at, 6000, 5000, tenant);
    }
    return (size_t)(at - frame);
}

// The tenant that the packet came out as, and the one that it says: 0 if it is none of ours.
static int read_packet(const uint8_t* frame, size_t length, int node, uint32_t* as, uint32_t* says) {
    size_t at = 14;
    uint16_t type = (uint16_t)(frame[12] << 8 | frame[13]);
    if (length < at + sizeof(struct iphdr) || type != ETH_P_IP) return 0;
    const struct iphdr* ip = (const struct iphdr*)(frame + at);
    *as = ntohl(ip->saddr) & 0xffff;
    at += sizeof(*ip);
    if (node) {
        uint32_t gre[2];
        if (ip->protocol != IPPROTO_GRE || length < at + 8 + 14 + sizeof(*ip)) return 0;
        memcpy(gre, frame + at, sizeof(gre));
        *as = ntohl(gre[1]);
        at += 8 + 14;
        ip = (const struct iphdr*)(frame + at);
        at += sizeof(*ip);
        if (ip->protocol != IPPROTO_UDP || ntohl(ip->daddr) != HOST) return 0;
    } else if (ip->protocol != IPPROTO_UDP || ntohl(ip->daddr) != INTERNET) {
        return 0;
    }
    struct load load;
    at += sizeof(struct udphdr);
    if (length < at + sizeof(load)) return 0;
    memcpy(&load, frame + at, sizeof(load));
    *says = ntohl(load.tenant);
    return ntohl(load.magic) == MAGIC;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
    if (argc != 7) return 2;
    const int node = strcmp(argv[1], "node") == 0;
    uint8_t gateway[6];
    sscanf(argv[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", gateway, gateway + 1, gateway + 2, gateway + 3,
           gateway + 4, gateway + 5);
    const uint32_t first = (uint32_t)atoi(argv[4]), tenants = (uint32_t)atoi(argv[5]);
    const uint64_t packets = strtoull(argv[6], NULL, 10);

    int out = socket(AF_PACKET, SOCK_RAW, 0), in = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
    struct ifreq request = {0};
    strncpy(request.ifr_name, argv[2], IFNAMSIZ - 1);
    struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[2])};
    int buffer = 64 << 20, one = 1;
    setsockopt(in, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
    setsockopt(in, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
    setsockopt(out, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
    if (in < 0 || out < 0 || ioctl(out, SIOCGIFHWADDR, &request) != 0 ||
        bind(out, (struct sockaddr*)&where, sizeof(where)) != 0) {
        perror("strays");
        return 2;
    }
    where.sll_protocol = htons(ETH_P_IP);
    if (bind(in, (struct sockaddr*)&where, sizeof(where)) != 0) {
        perror("strays");
        return 2;
    }

    static uint8_t sent_frames[BURST][FRAME], got_frames[BURST][FRAME];
    static struct iovec sent_parts[BURST], got_parts[BURST];
    static struct mmsghdr sending[BURST], getting[BURST];
    uint8_t* seen = calloc(65536, 1);
    for (int i = 0; i < BURST; i++) {
        sent_parts[i].iov_base = sent_frames[i];
        sending[i].msg_hdr.msg_iov = &sent_parts[i];
        sending[i].msg_hdr.msg_iovlen = 1;
        got_parts[i] = (struct iovec){got_frames[i], FRAME};
        getting[i].msg_hdr.msg_iov = &got_parts[i];
        getting[i].msg_hdr.msg_iovlen = 1;
    }
    uint64_t sent = 0, received = 0, strays = 0;
    uint32_t next = 0, different = 0;
    for (double quiet = now(); sent < packets || (received < packets && now() - quiet < 3);) {
        unsigned count = packets - sent < BURST ? (unsigned)(packets - sent) : BURST;
        for (unsigned i = 0; i < count; i++) {
            const uint32_t tenant = first + (next + i) % tenants;
            sent_parts[i].iov_len =
                make(sent_frames[i], node, gateway, (uint8_t*)request.ifr_hwaddr.sa_data, tenant);
        }
        if (count) {
            const int done = sendmmsg(out, sending, count, 0);
            if (done > 0) {
                sent += (uint64_t)done;
                next = (next + (uint32_t)done) % tenants;
                quiet = now();
            } else if (errno != ENOBUFS && errno != EAGAIN && errno != ENETDOWN) {
                perror("strays: send");
                return 2;
            }
        }
        // All that is there before more is sent: whoever sends more than he reads loses what his socket
        // cannot hold.
        int got;
        do {
            got = recvmmsg(in, getting, BURST, MSG_DONTWAIT, NULL);
            for (int i = 0; i < got; i++) {
                uint32_t as, says;
                if (!read_packet(got_frames[i], getting[i].msg_len, node, &as, &says)) continue;
                received++;
                if (as != says) {
                    if (strays++ < 10) fprintf(stderr, "a packet of tenant %u came out as %u's\n", says, as);
                } else if (!seen[as & 0xffff]) {
                    seen[as & 0xffff] = 1;
                    different++;
                }
            }
            if (got > 0) quiet = now();
        } while (got == BURST);
        if (got <= 0 && !count) usleep(1000);
    }
    printf("sent %llu received %llu strays %llu tenants %u\n", (unsigned long long)sent,
           (unsigned long long)received, (unsigned long long)strays, different);
    return strays != 0;
}
