// SPDX-License-Identifier: GPL-2.0-or-later
// The control socket, both ends.
#include "peerd/control.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "gateway/net/error.hpp"
#include "gateway/net/namespace.hpp"

namespace nvi::daemon {

namespace {

// Seconds that the other side may take; it is root's program on this machine.
constexpr timeval kPatience{1, 0};

sockaddr_un named(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) throw Error::system("socket " + path, ENAMETOOLONG);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Fd socket_of(const std::string& path) {
    Fd socket = Fd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) throw Error::system("socket " + path, errno);
    return socket;
}

void be_patient(const Fd& socket) {
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
}

// Up to the end, or to the first newline.
std::string read_all(const Fd& socket, bool line, size_t limit) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() < limit) {
        const ssize_t got = ::read(socket.get(), buffer.data(), buffer.size());
        if (got < 0) throw Error::system("read", errno);
        if (got == 0) break;
        text.append(buffer.data(), static_cast<size_t>(got));
        const size_t end = text.find('\n');
        if (line && end != std::string::npos) return text.substr(0, end);
    }
    return text;
}

void write_all(const Fd& socket, std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (put < 0) throw Error::system("write", errno);
        text.remove_prefix(static_cast<size_t>(put));
    }
}

nlohmann::json answer_of(const std::function<nlohmann::json()>& with) {
    try {
        return with();
    } catch (const Error& error) {
        return {{"error", error.what()}};
    }
}

}  // namespace

std::string socket_path() {
    return "/run/nvi-gateway/" + network_namespace() + "/peerd.sock";
}

Control::Control(event::Loop& loop, const std::string& path) : listening_(socket_of(path)) {
    const sockaddr_un address = named(path);
    ::unlink(path.c_str());
    const mode_t mask = umask(0177);
    const int bound = ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    umask(mask);
    if (bound != 0 || ::listen(listening_.get(), 8) != 0) throw Error::system("socket " + path, errno);
    asked_.readable(loop, listening_.get(), [this] { serve(); });
}

void Control::answer(const std::string& word, std::function<nlohmann::json()> with) {
    answers_[word] = std::move(with);
}

void Control::serve() {
    const Fd client = Fd::adopt(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    be_patient(client);
    try {
        const auto found = answers_.find(read_all(client, true, 256));
        nlohmann::json document{{"error", "not a question that this nvi-peerd knows"}};
        if (found != answers_.end()) document = answer_of(found->second);
        write_all(client, document.dump());
    } catch (const Error&) {
        // Who asked has gone.
    }
}

nlohmann::json ask(const std::string& path, const std::string& word) {
    const Fd socket = socket_of(path);
    const sockaddr_un address = named(path);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        throw Error::system("nvi-peerd does not answer at " + path, errno);
    write_all(socket, word + "\n");
    const auto document = nlohmann::json::parse(read_all(socket, false, size_t{1} << 28), nullptr, false);
    if (document.is_discarded()) throw Error("nvi-peerd at " + path + " broke off");
    if (document.contains("error")) throw Error("nvi-peerd: " + document["error"].get<std::string>());
    return document;
}

}  // namespace nvi::daemon
