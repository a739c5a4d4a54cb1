// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual services of the kernel's IPVS. Attributes as net/netfilter/ipvs/ip_vs_ctl.c reads and writes them.
#include "services/ipvs.hpp"

#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>

#include "gateway/net/error.hpp"

namespace nvi::services {

namespace {

using state::Backend;
using state::Scheduler;
using state::Service;

constexpr int kVersion = 1;

// IP_VS_SVC_F_SCHED_MH_PORT: the source's port counts too, as in the XDP program.
constexpr uint32_t kMaglevByPort = IP_VS_SVC_F_SCHED2;

// A backend that is down has weight 0 in the kernel. Its own is kept where it does no harm: as thresholds of
// connections that no backend ever has.
constexpr uint32_t kDown = 0x7f000000;
constexpr uint32_t kDownMask = 0xff000000;

const char* scheduler_name(Scheduler scheduler) {
    switch (scheduler) {
        case Scheduler::round_robin:
            return "wrr";
        case Scheduler::source_hash:
            return "sh";
        case Scheduler::maglev:
            break;
    }
    return "mh";
}

Scheduler scheduler_of(const char* name) {
    return std::strcmp(name, "mh") == 0   ? Scheduler::maglev
           : std::strcmp(name, "sh") == 0 ? Scheduler::source_hash
                                          : Scheduler::round_robin;
}

struct FreeMessage {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
};
using Message = std::unique_ptr<nl_msg, FreeMessage>;

class Nest {
  public:
    Nest(nl_msg* message, int type) : message_(message), start_(nla_nest_start(message, type)) {}
    ~Nest() { nla_nest_end(message_, start_); }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

  private:
    nl_msg* message_;
    nlattr* start_;
};

void put_address(nl_msg* message, int type, const Address& address) {
    std::array<uint8_t, 16> bytes{};  // union nf_inet_addr
    std::ranges::copy(address.bytes(), bytes.begin());
    nla_put(message, type, bytes.size(), bytes.data());
}

Address read_address(nlattr* attribute, uint16_t family) {
    const auto* bytes = static_cast<const uint8_t*>(nla_data(attribute));
    const bool v4 = family == AF_INET;
    return Address::from_bytes(v4 ? Family::v4 : Family::v6, {bytes, v4 ? 4U : 16U});
}

// What names a service.
void put_key(nl_msg* message, const Service& service) {
    nla_put_u16(message, IPVS_SVC_ATTR_AF, static_cast<uint16_t>(af(service.vip.family())));
    nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, service.protocol);
    put_address(message, IPVS_SVC_ATTR_ADDR, service.vip);
    nla_put_u16(message, IPVS_SVC_ATTR_PORT, htobe16(service.first_port));
}

void put_service(nl_msg* message, const Service& service) {
    const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
    put_key(message, service);
    nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, scheduler_name(service.scheduler));
    const ip_vs_flags flags{service.scheduler == Scheduler::maglev ? kMaglevByPort : 0, ~0U};
    nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof flags, &flags);
    nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, 0);
    nla_put_u32(message, IPVS_SVC_ATTR_NETMASK, service.vip.is_v4() ? ~0U : 128);
}

void put_backend(nl_msg* message, const Service& service, const Backend& backend, bool down = false) {
    {
        const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
        put_key(message, service);
    }
    const Nest nest(message, IPVS_CMD_ATTR_DEST);
    nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, static_cast<uint16_t>(af(backend.address.family())));
    put_address(message, IPVS_DEST_ATTR_ADDR, backend.address);
    nla_put_u16(message, IPVS_DEST_ATTR_PORT, htobe16(service.first_port));
    nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_TUNNEL);
    nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, down ? 0 : backend.weight);
    nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, down ? kDown | backend.weight : 0);
    nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, down ? kDown | backend.weight : 0);
}

Error refused(const char* what, int code) {
    // libnl's codes are its own; what the kernel said is errno for these.
    return Error(std::string(what) + ": " + nl_geterror(code), code == -NLE_OBJ_NOTFOUND ? ESRCH : EIO);
}

// Requests, one at a time.
class Requests {
  public:
    Requests(nl_sock* socket, int family) : socket_(socket), family_(family) {}

    template <typename Fill>
    void send(int command, const char* what, const Fill& fill, int accepted = 0) {
        Message message = make(command, 0);
        fill(message.get());
        int error = nl_send_auto(socket_, message.get());
        if (error >= 0) error = nl_wait_for_ack(socket_);
        if (error < 0 && error != accepted) throw refused(what, error);
    }

    // Calls `take` with the attributes of each message of a dump.
    template <typename Fill>
    void dump(int command, const char* what, const Fill& fill, const std::function<void(nlmsghdr*)>& take) {
        Message message = make(command, NLM_F_DUMP);
        fill(message.get());
        int error = nl_send_auto(socket_, message.get());
        if (error >= 0) {
            nl_socket_modify_cb(
                socket_, NL_CB_VALID, NL_CB_CUSTOM,
                [](nl_msg* answer, void* context) {
                    (*static_cast<const std::function<void(nlmsghdr*)>*>(context))(nlmsg_hdr(answer));
                    return static_cast<int>(NL_OK);
                },
                const_cast<std::function<void(nlmsghdr*)>*>(&take));
            error = nl_recvmsgs_default(socket_);
        }
        if (error < 0) throw refused(what, error);
    }

  private:
    Message make(int command, int flags) const {
        Message message(nlmsg_alloc());
        if (!message) throw Error::system("netlink message", ENOMEM);
        genlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family_, 0, flags,
                    static_cast<uint8_t>(command), kVersion);
        return message;
    }

    nl_sock* socket_;
    int family_;
};

template <int Last>
struct Attributes {
    std::array<nlattr*, Last + 1> at{};
    // Of the nest of this type in a message; false when there is none.
    bool parse(nlmsghdr* message, int type) {
        std::array<nlattr*, IPVS_CMD_ATTR_MAX + 1> top{};
        if (genlmsg_parse(message, 0, top.data(), IPVS_CMD_ATTR_MAX, nullptr) != 0) return false;
        nlattr* const nest = top[static_cast<size_t>(type)];
        return nest != nullptr && nla_parse_nested(at.data(), Last, nest, nullptr) == 0;
    }
    nlattr* operator[](int type) const { return at[static_cast<size_t>(type)]; }
};

struct Destination {
    Backend backend;
    bool down{};
};

std::vector<Destination> read_destinations(Requests& requests, const Service& service) {
    std::vector<Destination> destinations;
    requests.dump(
        IPVS_CMD_GET_DEST, "list the backends of an IPVS service",
        [&](nl_msg* message) {
            const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
            put_key(message, service);
        },
        [&](nlmsghdr* answer) {
            Attributes<IPVS_DEST_ATTR_MAX> attributes;
            if (!attributes.parse(answer, IPVS_CMD_ATTR_DEST)) return;
            const auto family = attributes[IPVS_DEST_ATTR_ADDR_FAMILY] != nullptr
                                    ? nla_get_u16(attributes[IPVS_DEST_ATTR_ADDR_FAMILY])
                                    : static_cast<uint16_t>(af(service.vip.family()));
            const uint32_t threshold = nla_get_u32(attributes[IPVS_DEST_ATTR_U_THRESH]);
            const bool down = (threshold & kDownMask) == kDown;
            const uint32_t weight =
                down ? threshold & ~kDownMask : nla_get_u32(attributes[IPVS_DEST_ATTR_WEIGHT]);
            destinations.push_back(
                {{.address = read_address(attributes[IPVS_DEST_ATTR_ADDR], family), .weight = weight}, down});
        });
    std::ranges::sort(destinations, {}, &Destination::backend);
    return destinations;
}

}  // namespace

void CloseNetlink::operator()(nl_sock* socket) const {
    nl_socket_free(socket);
}

Ipvs::Ipvs() : socket_(nl_socket_alloc()) {
    if (!socket_) throw Error::system("netlink socket", ENOMEM);
    const int error = genl_connect(socket_.get());
    if (error < 0) throw refused("generic netlink", error);
    family_ = genl_ctrl_resolve(socket_.get(), IPVS_GENL_NAME);
    if (family_ < 0)
        throw Error("the kernel has no IPVS: `modprobe ip_vs`, and a line ip_vs in /etc/modules", EOPNOTSUPP);
}

std::vector<Service> Ipvs::services(const std::vector<Owned>& vips) {
    std::map<Address, uint32_t> tenants;
    for (const Owned& owned : vips) tenants[owned.vip] = owned.tenant;
    Requests requests(socket_.get(), family_);
    std::vector<Service> services;
    requests.dump(
        IPVS_CMD_GET_SERVICE, "list IPVS services", [](nl_msg*) {},
        [&](nlmsghdr* answer) {
            Attributes<IPVS_SVC_ATTR_MAX> attributes;
            if (!attributes.parse(answer, IPVS_CMD_ATTR_SERVICE)) return;
            if (attributes[IPVS_SVC_ATTR_ADDR] == nullptr || attributes[IPVS_SVC_ATTR_PORT] == nullptr)
                return;
            const auto vip =
                read_address(attributes[IPVS_SVC_ATTR_ADDR], nla_get_u16(attributes[IPVS_SVC_ATTR_AF]));
            const auto owner = tenants.find(vip);
            if (owner == tenants.end()) return;
            const auto port = be16toh(nla_get_u16(attributes[IPVS_SVC_ATTR_PORT]));
            services.push_back(
                {.vip = vip,
                 .protocol = static_cast<uint8_t>(nla_get_u16(attributes[IPVS_SVC_ATTR_PROTOCOL])),
                 .first_port = port,
                 .last_port = port,
                 .path = state::DataPath::ipvs,
                 .tenant = owner->second,
                 .scheduler = scheduler_of(nla_get_string(attributes[IPVS_SVC_ATTR_SCHED_NAME]))});
        });
    for (Service& service : services) {
        for (const auto& [backend, down] : read_destinations(requests, service))
            service.backends.push_back(backend);
    }
    std::ranges::sort(services);
    return services;
}

void Ipvs::put(const Service& service) {
    Requests requests(socket_.get(), family_);
    const auto known = services({{service.vip, service.tenant}});
    const auto same =
        std::ranges::find_if(known, [&](const Service& other) { return other.key() == service.key(); });
    const auto fill = [&](nl_msg* message) { put_service(message, service); };
    requests.send(same == known.end() ? IPVS_CMD_NEW_SERVICE : IPVS_CMD_SET_SERVICE, "IPVS service", fill);
    const auto before =
        same == known.end() ? std::vector<Destination>{} : read_destinations(requests, service);
    const auto at = [](const Destination& destination) { return destination.backend.address; };
    for (const Backend& backend : service.backends) {
        const auto present = std::ranges::find(before, backend.address, at);
        const bool down = present != before.end() && present->down;
        requests.send(present != before.end() ? IPVS_CMD_SET_DEST : IPVS_CMD_NEW_DEST, "IPVS backend",
                      [&](nl_msg* message) { put_backend(message, service, backend, down); });
    }
    for (const auto& [backend, down] : before) {
        if (std::ranges::find(service.backends, backend.address, &Backend::address) != service.backends.end())
            continue;
        requests.send(IPVS_CMD_DEL_DEST, "IPVS backend",
                      [&](nl_msg* message) { put_backend(message, service, backend); });
    }
}

bool Ipvs::mark(const Service& service, const Address& address, bool down) {
    Requests requests(socket_.get(), family_);
    for (const auto& [backend, was] : read_destinations(requests, service)) {
        if (backend.address != address || was == down) continue;
        requests.send(IPVS_CMD_SET_DEST, "IPVS backend",
                      [&](nl_msg* message) { put_backend(message, service, backend, down); });
        return true;
    }
    return false;
}

std::vector<Address> Ipvs::down(const Service& service) {
    Requests requests(socket_.get(), family_);
    std::vector<Address> found;
    for (const auto& [backend, down] : read_destinations(requests, service)) {
        if (down) found.push_back(backend.address);
    }
    return found;
}

void Ipvs::remove(const Service& service) {
    Requests(socket_.get(), family_)
        .send(
            IPVS_CMD_DEL_SERVICE, "IPVS service",
            [&](nl_msg* message) {
                const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
                put_key(message, service);
            },
            -NLE_OBJ_NOTFOUND);
}

}  // namespace nvi::services
