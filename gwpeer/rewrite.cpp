// SPDX-License-Identifier: GPL-2.0-or-later
// nf_tables by plain netlink: three objects do not need another library on a node.
#include "gwpeer/rewrite.hpp"

#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <array>
#include <cerrno>
#include <vector>

#include "gateway/net/error.hpp"
#include "gateway/netlink/answer.hpp"
#include "gateway/netlink/message.hpp"
#include "gateway/netlink/socket.hpp"

namespace nvi::gwpeer {

namespace {

using netlink::Kind;
using netlink::Message;
using netlink::Policy;
using Bytes = std::vector<uint8_t>;

// Before conntrack (NF_IP_PRI_CONNTRACK is -200): it sees what the NAT behind us will see.
constexpr int32_t kPriority = -300;

constexpr Policy kNothing{};
constexpr Policy kTable{{NFTA_TABLE_NAME, Kind::text}};
constexpr Policy kHook{{NFTA_HOOK_HOOKNUM, Kind::be32}, {NFTA_HOOK_PRIORITY, Kind::be32}};
constexpr Policy kChain{{NFTA_CHAIN_TABLE, Kind::text},
                        {NFTA_CHAIN_NAME, Kind::text},
                        {NFTA_CHAIN_TYPE, Kind::text},
                        {NFTA_CHAIN_HOOK, Kind::nest, &kHook}};
constexpr Policy kValue{{NFTA_DATA_VALUE, Kind::bytes}};
constexpr Policy kMeta{{NFTA_META_KEY, Kind::be32}, {NFTA_META_DREG, Kind::be32}};
constexpr Policy kCompare{
    {NFTA_CMP_SREG, Kind::be32}, {NFTA_CMP_OP, Kind::be32}, {NFTA_CMP_DATA, Kind::nest, &kValue}};
constexpr Policy kImmediate{{NFTA_IMMEDIATE_DREG, Kind::be32}, {NFTA_IMMEDIATE_DATA, Kind::nest, &kValue}};
constexpr Policy kPayload{{NFTA_PAYLOAD_DREG, Kind::be32},       {NFTA_PAYLOAD_SREG, Kind::be32},
                          {NFTA_PAYLOAD_BASE, Kind::be32},       {NFTA_PAYLOAD_OFFSET, Kind::be32},
                          {NFTA_PAYLOAD_LEN, Kind::be32},        {NFTA_PAYLOAD_CSUM_TYPE, Kind::be32},
                          {NFTA_PAYLOAD_CSUM_OFFSET, Kind::be32}};
constexpr Policy kExpression{{NFTA_EXPR_NAME, Kind::text}, {NFTA_EXPR_DATA, Kind::nest}};
constexpr Policy kList{{NFTA_LIST_ELEM, Kind::nest, &kExpression}};
constexpr Policy kRule{{NFTA_RULE_TABLE, Kind::text},
                       {NFTA_RULE_CHAIN, Kind::text},
                       {NFTA_RULE_EXPRESSIONS, Kind::nest, &kList}};

uint16_t type(unsigned message) {
    return static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

nfgenmsg head(uint8_t family, uint16_t resource = 0) {
    return {.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htobe16(resource)};
}

std::string table_name(const Config& config) {
    return "gwpeer-" + config.name;
}

// A rule's expressions, one after the other.
class Rule {
  public:
    explicit Rule(Message& message) : message_(message), list_(message.nest(NFTA_RULE_EXPRESSIONS)) {}

    void protocol(uint8_t number) {
        expression("meta", kMeta, [&] {
            message_.put_be32(NFTA_META_DREG, NFT_REG_1);
            message_.put_be32(NFTA_META_KEY, NFT_META_L4PROTO);
        });
        compare({number});
    }
    void match(uint32_t base, uint32_t offset, const Bytes& value) {
        expression("payload", kPayload, [&] {
            message_.put_be32(NFTA_PAYLOAD_DREG, NFT_REG_1);
            place(base, offset, value.size());
        });
        compare(value);
    }
    // Without the transport's checksum, which these packets have none of.
    void write(uint32_t base, uint32_t offset, const Bytes& value) {
        expression("immediate", kImmediate, [&] {
            message_.put_be32(NFTA_IMMEDIATE_DREG, NFT_REG_1);
            data(NFTA_IMMEDIATE_DATA, value);
        });
        expression("payload", kPayload, [&] {
            message_.put_be32(NFTA_PAYLOAD_SREG, NFT_REG_1);
            place(base, offset, value.size());
            if (base != NFT_PAYLOAD_NETWORK_HEADER) return;
            constexpr uint32_t kIpChecksum = 10;
            message_.put_be32(NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
            message_.put_be32(NFTA_PAYLOAD_CSUM_OFFSET, kIpChecksum);
        });
    }

  private:
    template <typename Put>
    void expression(const char* name, const Policy& inside, Put put) {
        const auto element = message_.nest(NFTA_LIST_ELEM);
        message_.put_text(NFTA_EXPR_NAME, name);
        const auto body = message_.nest(NFTA_EXPR_DATA, inside);
        put();
    }
    void place(uint32_t base, uint32_t offset, size_t length) {
        message_.put_be32(NFTA_PAYLOAD_BASE, base);
        message_.put_be32(NFTA_PAYLOAD_OFFSET, offset);
        message_.put_be32(NFTA_PAYLOAD_LEN, static_cast<uint32_t>(length));
    }
    void compare(const Bytes& value) {
        expression("cmp", kCompare, [&] {
            message_.put_be32(NFTA_CMP_SREG, NFT_REG_1);
            message_.put_be32(NFTA_CMP_OP, NFT_CMP_EQ);
            data(NFTA_CMP_DATA, value);
        });
    }
    void data(uint16_t attribute, const Bytes& value) {
        const auto nest = message_.nest(attribute);
        message_.put_bytes(NFTA_DATA_VALUE, value);
    }

    Message& message_;
    Message::Nest list_;
};

Message table(const Config& config, unsigned what) {
    Message message(type(what), static_cast<uint16_t>(what == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0),
                    head(NFPROTO_IPV4), kTable);
    message.put_text(NFTA_TABLE_NAME, table_name(config));
    return message;
}

Message chain(const Config& config) {
    Message message(type(NFT_MSG_NEWCHAIN), NLM_F_CREATE, head(NFPROTO_IPV4), kChain);
    message.put_text(NFTA_CHAIN_TABLE, table_name(config));
    message.put_text(NFTA_CHAIN_NAME, "output");
    // "route": looked up again when the address was changed.
    message.put_text(NFTA_CHAIN_TYPE, config.relay ? "route" : "filter");
    const auto hook = message.nest(NFTA_CHAIN_HOOK);
    message.put_be32(NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
    message.put_be32(NFTA_HOOK_PRIORITY, static_cast<uint32_t>(kPriority));
    return message;
}

Message rule(const Config& config) {
    Message message(type(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND, head(NFPROTO_IPV4), kRule);
    message.put_text(NFTA_RULE_TABLE, table_name(config));
    message.put_text(NFTA_RULE_CHAIN, "output");
    return message;
}

Bytes bytes(uint16_t number) {
    return {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
}

void put_rules(const Config& config, std::vector<Message>& batch) {
    constexpr uint32_t kDestination = 16;  // of the IPv4 header
    const uint16_t remote = config.relay ? config.relay->port : config.port;
    batch.push_back(rule(config));
    {
        Rule port(batch.back());
        port.protocol(IPPROTO_UDP);
        Bytes ports = bytes(static_cast<uint16_t>(config.local_port + 1));
        for (const uint8_t byte : bytes(remote)) ports.push_back(byte);
        port.match(NFT_PAYLOAD_TRANSPORT_HEADER, 0, ports);
        port.write(NFT_PAYLOAD_TRANSPORT_HEADER, 0, bytes(config.local_port));
    }
    if (!config.relay) return;
    const auto stand_in = relay_stand_in().bytes();
    const auto relay = config.relay->address.bytes();
    batch.push_back(rule(config));
    Rule address(batch.back());
    address.match(NFT_PAYLOAD_NETWORK_HEADER, kDestination, Bytes(stand_in.begin(), stand_in.end()));
    address.write(NFT_PAYLOAD_NETWORK_HEADER, kDestination, Bytes(relay.begin(), relay.end()));
}

// One transaction. The first refusal is thrown, unless it is `allowed`.
void commit(std::vector<Message>& batch, int allowed) {
    auto socket = netlink::Socket::open(NETLINK_NETFILTER);
    Bytes datagram;
    const auto append = [&](Message& message) {
        message.set_sequence(socket.next_sequence());
        const auto all = message.bytes();
        datagram.insert(datagram.end(), all.begin(), all.end());
    };
    Message begin(NFNL_MSG_BATCH_BEGIN, 0, head(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), kNothing);
    Message end(NFNL_MSG_BATCH_END, 0, head(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), kNothing);
    append(begin);
    for (Message& message : batch) {
        message.add_flags(NLM_F_ACK);
        append(message);
    }
    append(end);
    socket.send(datagram);
    for (size_t answers = 0; answers < batch.size();) {
        netlink::messages(socket.receive(), [&](const netlink::MessageView& message) {
            const auto answer = netlink::answer(message);
            if (!answer) return true;
            ++answers;
            if (answer->code == allowed) answers = batch.size();
            if (answer->code != 0 && answer->code != allowed)
                throw Error::system("nf_tables: rewrite the tunnel's packets", answer->code, answer->words);
            return true;
        });
    }
}

}  // namespace

Address relay_stand_in() {
    return Address::v4(0xc0000008);  // 192.0.0.8
}

void set_rewrites(const Config& config) {
    remove_rewrites(config);
    std::vector<Message> batch;
    batch.push_back(table(config, NFT_MSG_NEWTABLE));
    batch.push_back(chain(config));
    put_rules(config, batch);
    commit(batch, 0);
}

void remove_rewrites(const Config& config) {
    std::vector<Message> batch;
    batch.push_back(table(config, NFT_MSG_DELTABLE));
    commit(batch, ENOENT);
}

}  // namespace nvi::gwpeer
