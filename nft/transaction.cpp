// SPDX-License-Identifier: GPL-2.0-or-later
// A batch of nf_tables messages. The kernel takes it as one datagram; each message has its number, by
// which refusals are told apart.
#include "nft/transaction.hpp"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "gateway/netlink/answer.hpp"
#include "nft/elements.hpp"
#include "nft/frame_objects.hpp"
#include "nft/messages.hpp"
#include "nft/netfilter.hpp"
#include "nft/set_objects.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

// What the kernel said about one message.
struct Refusal {
    uint32_t message;  // number; 0: the batch as a whole
    netlink::Answer answer;
};

namespace {

// Bytes. A list of elements is an attribute, whose length has 16 bits.
constexpr size_t kElements = 32 * 1024;
// Room for one more object, and for one more element.
constexpr size_t kRoom = 16 * 1024;
constexpr size_t kElementRoom = 512;
// Of one message; the kernel's limit is below NFT_NETDEVICE_MAX, 256.
constexpr size_t kFlowDevices = 250;
// What an answer takes of the receive buffer.
constexpr size_t kAnswer = 2048;

nlmsghdr* put_header(uint8_t* at, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
    nlmsghdr* head = mnl_nlmsg_put_header(at);
    head->nlmsg_type = type;
    head->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(head, sizeof(nfgenmsg)));
    extra->nfgen_family = family;
    extra->version = NFNETLINK_V0;
    extra->res_id = htons(resource);
    return head;
}

void set(nftnl_set_elem* element, uint16_t attribute, const Bytes& bytes) {
    if (!bytes.empty()) {
        nftnl_set_elem_set(element, attribute, bytes.data(), static_cast<uint32_t>(bytes.size()));
    }
}

// What makes an element of the set match: more than so many.
// Calls each() for the messages of a batch.
void walk(std::vector<uint8_t>& data, const std::function<void(nlmsghdr&)>& each) {
    for (size_t at = 0; at < data.size();) {
        auto& head = *reinterpret_cast<nlmsghdr*>(data.data() + at);
        each(head);
        at += NLMSG_ALIGN(head.nlmsg_len);
    }
}

}  // namespace

Transaction::Transaction() {
    data_.resize(kRoom);
    nlmsghdr* head = put_header(data_.data(), NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    mnl_attr_put_u32(head, NFNL_BATCH_GENID, 0);  // set by commit()
    data_.resize(head->nlmsg_len);
}

nlmsghdr* Transaction::begin_message(unsigned message, uint16_t flags) {
    open_ = data_.size();
    data_.resize(open_ + kRoom);
    nlmsghdr* head = put_header(data_.data() + open_, message_type(message), flags, NFPROTO_INET, 0);
    head->nlmsg_seq = ++messages_;
    return head;
}

void Transaction::end_message() {
    const auto* head = reinterpret_cast<const nlmsghdr*>(data_.data() + open_);
    data_.resize(open_ + NLMSG_ALIGN(head->nlmsg_len));
    open_ = kNoMessage;
}

void Transaction::object(unsigned message, const std::string& what,
                         const std::function<void(nlmsghdr*)>& build) {
    close_elements();
    const bool removal = message == NFT_MSG_DELTABLE || message == NFT_MSG_DELFLOWTABLE;
    uint16_t flags = removal ? 0 : NLM_F_CREATE;
    if (message == NFT_MSG_NEWRULE) flags |= NLM_F_APPEND;
    // Rules have no name; a flowtable takes more devices by the same message.
    else if (!removal && message != NFT_MSG_NEWFLOWTABLE)
        flags |= NLM_F_EXCL;
    build(begin_message(message, flags));
    objects_[messages_] = (removal ? "delete " : "add ") + what;
    end_message();
}

void Transaction::remove_table() {
    object(NFT_MSG_DELTABLE, fmt::format("table inet {}", kTable),
           [](nlmsghdr* head) { mnl_attr_put_strz(head, NFTA_TABLE_NAME, kTable); });
}

void Transaction::add_frame(FrameOptions options) {
    const FrameObjects frame = frame_objects(options);
    const auto named = [](const char* kind, const char* name) {
        return fmt::format("{} inet {} {}", kind, kTable, name);
    };
    object(NFT_MSG_NEWTABLE, fmt::format("table inet {}", kTable),
           [&](nlmsghdr* head) { nftnl_table_nlmsg_build_payload(head, frame.table.get()); });
    for (const auto& one : frame.sets) {
        object(NFT_MSG_NEWSET, named("set", nftnl_set_get_str(one.get(), NFTNL_SET_NAME)),
               [&](nlmsghdr* head) { nftnl_set_nlmsg_build_payload(head, one.get()); });
    }
    for (const auto& one : frame.counters) {
        object(NFT_MSG_NEWOBJ, named("counter", nftnl_obj_get_str(one.get(), NFTNL_OBJ_NAME)),
               [&](nlmsghdr* head) { nftnl_obj_nlmsg_build_payload(head, one.get()); });
    }
    if (frame.flowtable) {
        object(NFT_MSG_NEWFLOWTABLE, named("flowtable", kFlowtable),
               [&](nlmsghdr* head) { nftnl_flowtable_nlmsg_build_payload(head, frame.flowtable.get()); });
    }
    for (const auto& one : frame.chains) {
        object(NFT_MSG_NEWCHAIN, named("chain", nftnl_chain_get_str(one.get(), NFTNL_CHAIN_NAME)),
               [&](nlmsghdr* head) { nftnl_chain_nlmsg_build_payload(head, one.get()); });
    }
    for (const auto& one : frame.rules) {
        object(NFT_MSG_NEWRULE, named("rule", nftnl_rule_get_str(one.get(), NFTNL_RULE_CHAIN)),
               [&](nlmsghdr* head) { nftnl_rule_nlmsg_build_payload(head, one.get()); });
    }
}

void Transaction::put_flow_devices(bool addition, std::span<const std::string> devices) {
    while (!devices.empty()) {
        const auto some = devices.first(std::min(devices.size(), kFlowDevices));
        devices = devices.subspan(some.size());
        std::string what =
            fmt::format("flowtable inet {} {} devices {{ {}", kTable, kFlowtable, some.front());
        if (some.size() > 1) what += fmt::format(" and {} more", some.size() - 1);
        const auto flowtable = flowtable_with(some);
        object(addition ? NFT_MSG_NEWFLOWTABLE : NFT_MSG_DELFLOWTABLE, what + " }",
               [&](nlmsghdr* head) { nftnl_flowtable_nlmsg_build_payload(head, flowtable.get()); });
    }
}

void Transaction::add_flow_devices(std::span<const std::string> devices) {
    put_flow_devices(true, devices);
}
void Transaction::remove_flow_devices(std::span<const std::string> devices) {
    put_flow_devices(false, devices);
}

void Transaction::add(const Element& element) {
    put_element(NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL, element);
}
void Transaction::remove(const Element& element) {
    put_element(NFT_MSG_DELSETELEM, 0, element);
}

void Transaction::put_element(unsigned message, uint16_t flags, const Element& element) {
    const bool fits =
        open_ != kNoMessage && type_ == message && set_ == element.set && data_.size() - open_ < kElements;
    if (!fits) {
        close_elements();
        nlmsghdr* head = begin_message(message, flags);
        mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_TABLE, kTable);
        mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_SET, element.set.c_str());
        list_ = head->nlmsg_len;
        mnl_attr_nest_start(head, NFTA_SET_ELEM_LIST_ELEMENTS);
        data_.resize(open_ + head->nlmsg_len);
        set_ = element.set;
        type_ = message;
    }

    auto handle = own<ElementHandle>(nftnl_set_elem_alloc());
    set(handle.get(), NFTNL_SET_ELEM_KEY, element.key);
    set(handle.get(), NFTNL_SET_ELEM_KEY_END, element.key_end);
    if (message == NFT_MSG_NEWSETELEM) {
        const SetDefinition* definition = find_set(element.set);
        if (definition != nullptr && definition->stateful != Stateful::none) {
            nftnl_set_elem_add_expr(
                handle.get(), stateful_expression(definition->stateful, stateful_number(element)).release());
        } else if (definition != nullptr && has(definition->data, Field::verdict)) {
            const auto* chain = reinterpret_cast<const char*>(element.data.data());
            const std::string name(chain, strnlen(chain, element.data.size()));
            nftnl_set_elem_set_u32(handle.get(), NFTNL_SET_ELEM_VERDICT,
                                   static_cast<uint32_t>(name.empty() ? NFT_RETURN : NFT_GOTO));
            if (!name.empty()) nftnl_set_elem_set_str(handle.get(), NFTNL_SET_ELEM_CHAIN, name.c_str());
        } else {
            set(handle.get(), NFTNL_SET_ELEM_DATA, element.data);
        }
        if (const std::string words = comment(element); !words.empty()) {
            const auto data = comment_data(words);
            nftnl_set_elem_set(handle.get(), NFTNL_SET_ELEM_USERDATA, nftnl_udata_buf_data(data.get()),
                               nftnl_udata_buf_len(data.get()));
        }
    }
    tenants_.push_back(element.tenant);
    data_.resize(data_.size() + kElementRoom);
    auto* head = reinterpret_cast<nlmsghdr*>(data_.data() + open_);
    nftnl_set_elem_nlmsg_build(head, handle.get(), NFTA_LIST_ELEM);
    data_.resize(open_ + head->nlmsg_len);
}

void Transaction::close_elements() {
    if (open_ == kNoMessage) return;
    auto* head = reinterpret_cast<nlmsghdr*>(data_.data() + open_);
    mnl_attr_nest_end(head, reinterpret_cast<nlattr*>(data_.data() + open_ + list_));
    end_message();
}

std::span<const uint8_t> Transaction::messages() {
    close_elements();
    const auto begin = NLMSG_ALIGN(reinterpret_cast<const nlmsghdr*>(data_.data())->nlmsg_len);
    return std::span(data_).subspan(begin);
}

void Transaction::commit(netlink::Socket& socket, uint32_t generation) {
    if (empty()) return;
    close_elements();
    const size_t end = data_.size();
    data_.resize(end + kRoom);
    const nlmsghdr* last =
        put_header(data_.data() + end, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    data_.resize(end + last->nlmsg_len);

    // Messages were numbered from 1; on the socket they follow its own count, the batch's ends too.
    const uint32_t base = socket.next_sequence();
    walk(data_, [&](nlmsghdr& head) {
        if (head.nlmsg_type == NFNL_MSG_BATCH_BEGIN) {
            auto* id =
                reinterpret_cast<nlattr*>(reinterpret_cast<uint8_t*>(&head) + NLMSG_LENGTH(sizeof(nfgenmsg)));
            const uint32_t order = htonl(generation);
            std::memcpy(mnl_attr_get_payload(id), &order, sizeof(order));
        }
        // Success is acknowledged once; failures always are.
        if (head.nlmsg_seq == messages_) head.nlmsg_flags |= NLM_F_ACK;
        head.nlmsg_seq += base;
        socket.next_sequence();
    });

    if (socket.send_buffer() < 2 * data_.size()) socket.grow_send_buffer(data_.size() + kRoom);
    const size_t answers = (messages_ + 1) * kAnswer;
    if (socket.receive_buffer() < answers) socket.grow_receive_buffer(answers);
    socket.send(data_);

    // nfnetlink has answered all when send() returns.
    std::vector<Refusal> refusals;
    bool done = false;
    bool lost = false;
    while (true) {
        std::span<const uint8_t> datagram;
        try {
            datagram = socket.receive(netlink::Socket::Wait::no);
        } catch (const Error& error) {
            if (error.code() != ENOBUFS) throw;
            lost = true;
            continue;
        }
        if (datagram.empty()) break;
        netlink::messages(datagram, [&](const netlink::MessageView& view) {
            const auto answer = netlink::answer(view);
            const uint32_t number = view.sequence() - base;
            if (!answer || number > messages_ + 1) return true;  // of an earlier conversation
            if (answer->code != 0) refusals.push_back({number, *answer});
            done = done || (number == messages_ && answer->code == 0);
            return true;
        });
    }
    if (!refusals.empty()) refuse(refusals, base);
    if (!done || lost) throw Error::system("nf_tables: no answer to a transaction", lost ? ENOBUFS : EPROTO);
}

void Transaction::refuse(const std::vector<Refusal>& refusals, uint32_t base) const {
    const Refusal& first = *std::ranges::min_element(refusals, {}, &Refusal::message);
    const netlink::Answer& answer = first.answer;
    if (answer.code == ERESTART) {
        throw TransactionError(Error::system("nf_tables: the ruleset was changed by somebody else", ERESTART),
                               0);
    }
    std::string what = "transaction";
    uint32_t tenant = 0;
    if (const auto object = objects_.find(first.message); object != objects_.end()) {
        what = object->second;
    } else {
        size_t place = 0;  // of the next element in the whole batch
        netlink::messages(data_, [&](const netlink::MessageView& view) {
            const bool addition = view.type() == message_type(NFT_MSG_NEWSETELEM);
            if (!addition && view.type() != message_type(NFT_MSG_DELSETELEM)) return true;
            const bool refused = view.sequence() - base == first.message;
            // The kernel points at the element; where it does not (0), the first of the message stands
            // for all.
            std::optional<Element> meant;
            size_t count = 0;
            elements(view, [&](Element&& element, size_t offset) {
                if (refused && (!meant || offset <= answer.offset)) {
                    meant = std::move(element);
                    tenant = tenants_[place];
                }
                ++place;
                ++count;
            });
            if (!meant) return true;
            what = fmt::format("{} element inet {} {} {{ {} }}", addition ? "add" : "delete", kTable,
                               meant->set, text(*meant));
            if (answer.offset == 0 && count > 1)
                what += fmt::format(" or one of the {} behind it", count - 1);
            return false;
        });
    }
    throw TransactionError(Error::system("nft " + what, answer.code, answer.words), tenant);
}

}  // namespace nvi::nft
