// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket.
#include "gateway/netlink/socket.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

// Above the 32 KiB that a dump fills a datagram with, which the kernel takes from the size that it is
// offered (netlink_dump() in net/netlink/af_netlink.c).
constexpr size_t kReceive = size_t{64} * 1024;
// Datagrams to a system call. The kernel puts a dump's next part into the queue as it hands out the one
// before.
constexpr size_t kTaken = 8;

std::string bus_name(int bus) {
    switch (bus) {
        case NETLINK_ROUTE:
            return "rtnetlink";
        case NETLINK_NETFILTER:
            return "nfnetlink";
        default:
            return "netlink bus " + std::to_string(bus);
    }
}

void grow(int fd, int force, int plain, size_t bytes) {
    const int value = static_cast<int>(bytes);
    // The forced option needs CAP_NET_ADMIN; the plain one is cut to net.core.*mem_max without an error.
    if (setsockopt(fd, SOL_SOCKET, force, &value, sizeof(value)) == 0) return;
    if (setsockopt(fd, SOL_SOCKET, plain, &value, sizeof(value)) != 0) {
        throw Error::system("netlink: socket buffer", errno);
    }
}

size_t granted(int fd, int option) {
    int value = 0;
    socklen_t length = sizeof(value);
    if (getsockopt(fd, SOL_SOCKET, option, &value, &length) != 0) {
        throw Error::system("netlink: socket buffer", errno);
    }
    return static_cast<size_t>(value);
}

}  // namespace

struct Socket::Taken {
    Taken() {
        for (size_t i = 0; i < kTaken; ++i) {
            parts[i] = {bytes.get() + i * kReceive, kReceive};
            msghdr& head = heads[i].msg_hdr;
            head.msg_name = &senders[i];
            head.msg_iov = &parts[i];
            head.msg_iovlen = 1;
        }
    }
    // Not initialized: of most sockets little is ever touched.
    std::unique_ptr<uint8_t[]> bytes{new uint8_t[kTaken * kReceive]};
    std::array<sockaddr_nl, kTaken> senders{};
    std::array<iovec, kTaken> parts{};
    std::array<mmsghdr, kTaken> heads{};
    size_t next = 0;  // to be handed out
    size_t count = 0;
};

Socket::Socket(mnl_socket* handle, int bus)
    : handle_(handle), bus_(bus), sequence_(0), taken_(std::make_unique<Taken>()) {}
Socket::Socket(Socket&& other) noexcept = default;
Socket& Socket::operator=(Socket&& other) noexcept = default;
Socket::~Socket() = default;

Socket Socket::open(int bus) {
    mnl_socket* handle = mnl_socket_open2(bus, SOCK_CLOEXEC);
    if (handle == nullptr) throw Error::system(bus_name(bus), errno);
    Socket socket(handle, bus);
    if (mnl_socket_bind(handle, 0, MNL_SOCKET_AUTOPID) != 0)
        throw Error::system(bus_name(bus) + ": bind", errno);
    int on = 1;
    // All older than any kernel that the gateway supports (4.12, 4.3, 4.20).
    for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
        if (mnl_socket_setsockopt(handle, option, &on, sizeof(on)) != 0) {
            throw Error::system(bus_name(bus) + ": socket option " + std::to_string(option), errno);
        }
    }
    const timeval patience{kPatience, 0};
    if (setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
        throw Error::system(bus_name(bus) + ": timeout", errno);
    }
    return socket;
}

uint32_t Socket::next_sequence() {
    if (++sequence_ == 0) ++sequence_;
    return sequence_;
}

void Socket::grow_send_buffer(size_t bytes) {
    grow(fd(), SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}
void Socket::grow_receive_buffer(size_t bytes) {
    grow(fd(), SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}
size_t Socket::send_buffer() const {
    return granted(fd(), SO_SNDBUF);
}
size_t Socket::receive_buffer() const {
    return granted(fd(), SO_RCVBUF);
}

void Socket::send(std::span<const uint8_t> requests) {
    while (mnl_socket_sendto(handle_.get(), requests.data(), requests.size()) < 0) {
        if (errno != EINTR) {
            throw Error::system(bus_name(bus_) + ": send of " + std::to_string(requests.size()) + " bytes",
                                errno);
        }
    }
}

void Socket::take(Wait wait) {
    taken_->next = taken_->count = 0;
    for (mmsghdr& head : taken_->heads) head.msg_hdr.msg_namelen = sizeof(sockaddr_nl);
    // MSG_WAITFORONE: the others as far as they are there. An error behind the first is kept for the next
    // call.
    const int flags = MSG_TRUNC | (wait == Wait::no ? MSG_DONTWAIT : MSG_WAITFORONE);
    int count = 0;
    do {
        count = recvmmsg(fd(), taken_->heads.data(), kTaken, flags, nullptr);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        if (errno == EAGAIN && wait == Wait::no) return;
        if (errno == EAGAIN)
            throw Error(bus_name(bus_) + ": the kernel's answer has not come, or not to its end", ETIMEDOUT);
        throw Error::system(bus_name(bus_) + ": receive", errno);
    }
    taken_->count = static_cast<size_t>(count);
}

std::span<const uint8_t> Socket::receive(Wait wait) {
    while (true) {
        if (taken_->next == taken_->count) take(wait);
        if (taken_->count == 0) return {};
        const size_t i = taken_->next++;
        if (taken_->senders[i].nl_pid != 0) continue;  // another process: not the kernel's word
        const mmsghdr& head = taken_->heads[i];
        if ((head.msg_hdr.msg_flags & MSG_TRUNC) != 0 || head.msg_len > kReceive) {
            throw Error::system(
                bus_name(bus_) + ": message of " + std::to_string(head.msg_len) + " bytes cut off", EMSGSIZE);
        }
        return std::span<const uint8_t>(static_cast<const uint8_t*>(taken_->parts[i].iov_base), head.msg_len);
    }
}

void Socket::drain() {
    while (true) {
        try {
            if (receive(Wait::no).empty()) return;
        } catch (const Error& error) {
            if (error.code() != ENOBUFS && error.code() != EMSGSIZE) throw;
        }
    }
}

}  // namespace nvi::netlink
