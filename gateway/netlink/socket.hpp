// SPDX-License-Identifier: GPL-2.0-or-later
// A netlink socket, with extended acks and strict checking of dump filters.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace nvi::netlink {

class Socket {
  public:
    // NETLINK_ROUTE, NETLINK_NETFILTER. Belongs to the network namespace of the calling thread, for
    // good. Throws Error.
    static Socket open(int bus);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    int fd() const { return mnl_socket_get_fd(handle_.get()); }
    int bus() const { return bus_; }
    // Of the next request: never 0, which the kernel uses for notifications.
    uint32_t next_sequence();

    // Asks for buffers of so many bytes, beyond net.core.*mem_max where allowed; what was granted is
    // told by send_buffer() and receive_buffer(). Throws only if the kernel refuses the option itself.
    void grow_send_buffer(size_t bytes);
    void grow_receive_buffer(size_t bytes);
    size_t send_buffer() const;  // bytes, the kernel's own overhead included
    size_t receive_buffer() const;

    // One datagram: one request, or several after each other. The route and netfilter buses handle
    // all of it before this returns.
    void send(std::span<const uint8_t> requests);

    enum class Wait : uint8_t { yes, no };
    // The next datagram from the kernel, valid until the next call. Empty: nothing there (Wait::no).
    // Several are taken with one system call: what is behind the one that is returned may have left the
    // kernel's queue, so poll() says nothing about it. Throws Error: ENOBUFS when messages were lost since
    // the last call (the socket stays usable), EMSGSIZE for a datagram that did not fit, ETIMEDOUT after
    // kPatience.
    std::span<const uint8_t> receive(Wait wait = Wait::yes);
    // Discards what is waiting: before a new conversation after one that was broken off.
    void drain();

    static constexpr int kPatience = 30;  // seconds that the kernel may take to answer

  private:
    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };
    struct Taken;  // datagrams
    Socket(mnl_socket* handle, int bus);
    void take(Wait wait);

    std::unique_ptr<mnl_socket, Close> handle_;
    int bus_;
    uint32_t sequence_;
    std::unique_ptr<Taken> taken_;
};

}  // namespace nvi::netlink
