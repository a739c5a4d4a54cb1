// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket.
#include "gateway/netlink/socket.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <string>

#include "gateway/net/error.hpp"

namespace nvi::netlink {
namespace {

// Above the 32 KiB that a dump fills a datagram with, which the kernel takes from the size that it is
// offered (netlink_dump() in net/netlink/af_netlink.c).
constexpr size_t kReceive = size_t{64} * 1024;

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

Socket::Socket(mnl_socket* handle, int bus) : handle_(handle), bus_(bus), sequence_(0), buffer_(kReceive) {}

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

std::span<const uint8_t> Socket::receive(Wait wait) {
    while (true) {
        sockaddr_nl sender{};
        iovec part{buffer_.data(), buffer_.size()};
        msghdr head{};
        head.msg_name = &sender;
        head.msg_namelen = sizeof(sender);
        head.msg_iov = &part;
        head.msg_iovlen = 1;
        const ssize_t length = recvmsg(fd(), &head, MSG_TRUNC | (wait == Wait::no ? MSG_DONTWAIT : 0));
        if (length < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN && wait == Wait::no) return {};
            throw Error::system(bus_name(bus_) + ": receive", errno == EAGAIN ? ETIMEDOUT : errno);
        }
        if (sender.nl_pid != 0) continue;  // another process: not the kernel's word
        const auto size = static_cast<size_t>(length);
        if ((head.msg_flags & MSG_TRUNC) != 0 || size > buffer_.size()) {
            throw Error::system(bus_name(bus_) + ": message of " + std::to_string(size) + " bytes cut off",
                                EMSGSIZE);
        }
        return std::span(buffer_).first(size);
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
