// SPDX-License-Identifier: GPL-2.0-or-later
// Whether one backend is alive.
#include "gatewayd/probe.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace nvi::gatewayd {

namespace {

constexpr uint64_t kSecond = 1'000'000;

struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size{};
};

Endpoint endpoint(const Address& address, uint16_t port) {
    Endpoint end;
    if (address.is_v4()) {
        auto& in = reinterpret_cast<sockaddr_in&>(end.storage);
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, address.bytes().data(), sizeof in.sin_addr);
        end.size = sizeof in;
    } else {
        auto& in = reinterpret_cast<sockaddr_in6&>(end.storage);
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        std::memcpy(&in.sin6_addr, address.bytes().data(), sizeof in.sin6_addr);
        end.size = sizeof in;
    }
    return end;
}

}  // namespace

Probe::Probe(event::Loop& loop, Target target, bool alive, Changed changed)
    : loop_(loop), target_(std::move(target)), alive_(alive), changed_(std::move(changed)) {
    // Spread over the first second, so that a thousand backends are not asked at once.
    const uint64_t spread = std::hash<Address>{}(target_.address) % kSecond;
    next_.after(loop_, spread, [this] { ask(); });
}

void Probe::ask() {
    socket_ = Fd::adopt(
        socket(af(target_.address.family()), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket_) return done(false, std::strerror(errno));
    const auto& device = target_.device;
    if (!device.empty() && setsockopt(socket_.get(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(),
                                      static_cast<socklen_t>(device.size())) != 0)
        return done(false, fmt::format("{}: {}", device, std::strerror(errno)));
    const auto end = endpoint(target_.address, target_.port);
    const int result = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&end.storage), end.size);
    if (result != 0 && errno != EINPROGRESS) return done(false, std::strerror(errno));
    timeout_.after(loop_, target_.check.timeout * kSecond, [this] { done(false, "no answer in time"); });
    ready_.readiness(loop_, socket_.get(), EPOLLOUT, [this] { connected(); });
}

void Probe::connected() {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return done(false, std::strerror(error));
    if (target_.check.type == tenants::CheckType::tcp) return done(true, "it takes connections");
    const auto host = target_.address.is_v4() ? target_.address.str() : "[" + target_.address.str() + "]";
    const auto request = fmt::format("GET {} HTTP/1.0\r\nHost: {}:{}\r\nUser-Agent: nvi-gateway\r\n\r\n",
                                     target_.check.path, host, target_.port);
    // Less than any socket's buffer.
    if (send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return done(false, "takes no request");
    ready_.readiness(loop_, socket_.get(), EPOLLIN, [this] { answered(); });
}

// RFC 9112, 4: "HTTP/1.1 200 ". One that dribbles its status line is not alive.
void Probe::answered() {
    std::array<char, 64> bytes{};
    const auto got = recv(socket_.get(), bytes.data(), bytes.size() - 1, 0);
    if (got < 0) return done(false, std::strerror(errno));
    const std::string line(bytes.data(), static_cast<size_t>(got));
    const bool is_http = line.starts_with("HTTP/1.") && line.size() >= 12 && line[8] == ' ';
    const bool good = is_http && (line[9] == '2' || line[9] == '3');
    done(good, is_http ? "status " + line.substr(9, 3) : "no HTTP");
}

void Probe::done(bool good, const std::string& why) {
    ready_.stop();
    timeout_.stop();
    socket_.reset();
    in_a_row_ = good == alive_ ? 0 : in_a_row_ + 1;
    next_.after(loop_, target_.check.interval * kSecond, [this] { ask(); });
    if (in_a_row_ < (good ? target_.check.rise : target_.check.fall)) return;
    if (good == alive_) return;
    alive_ = good;
    in_a_row_ = 0;
    changed_(alive_, why);
}

}  // namespace nvi::gatewayd
