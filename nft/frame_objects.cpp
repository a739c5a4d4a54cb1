// SPDX-License-Identifier: GPL-2.0-or-later
// The frame as libnftnl's objects. Attributes that nft leaves out and the kernel fills in are set
// here, so that what is sent and what is dumped can be compared.
#include "nft/frame_objects.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <netinet/tcp.h>

#include <array>
#include <cstring>
#include <set>

#include "gateway/net/error.hpp"
#include "nft/frame.hpp"
#include "nft/jhash.hpp"
#include "nft/netfilter.hpp"
#include "nft/set_objects.hpp"
#include "nft/sets.hpp"

namespace nvi::nft {

namespace {

constexpr uint32_t kUserDataSize = 256;  // NFT_USERDATA_MAXLEN

// A register that begins at the so-manieth word, as the kernel numbers it when it dumps.
constexpr uint32_t at_word(unsigned word) {
    return word % 4 == 0 ? NFT_REG_1 + word / 4 : NFT_REG32_00 + word;
}
class RuleBuilder {
  public:
    RuleBuilder(const std::string& chain, const RuleDefinition& definition)
        : rule_(own<RuleHandle>(nftnl_rule_alloc())) {
        nftnl_rule_set_u32(rule_.get(), NFTNL_RULE_FAMILY, NFPROTO_INET);
        nftnl_rule_set_str(rule_.get(), NFTNL_RULE_TABLE, kTable);
        nftnl_rule_set_str(rule_.get(), NFTNL_RULE_CHAIN, chain.c_str());
        for (const Part& part : definition.parts) std::visit(*this, part);
        if (!definition.comment.empty()) {
            const auto data = comment_data(definition.comment);
            nftnl_rule_set_data(rule_.get(), NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data.get()),
                                nftnl_udata_buf_len(data.get()));
        }
    }
    RuleHandle take() { return std::move(rule_); }

    void operator()(const Compare& part) {
        depend(part.field);
        load(part.field, 0);
        compare(part.equal ? NFT_CMP_EQ : NFT_CMP_NEQ, value(part));
    }
    void operator()(const AnyBit& part) {
        depend(part.field);
        load(part.field, 0);
        const auto mask = value({part.field, true, part.mask, {}});
        any_of(mask.data(), static_cast<uint32_t>(mask.size()));
    }
    void operator()(const InSet& part) {
        load_key(part.key);
        lookup(part.set, false, part.in ? 0 : NFT_LOOKUP_F_INV);
    }
    void operator()(const ConntrackState& part) { any_bit(NFT_CT_STATE, part.mask); }
    void operator()(const SetZone& part) {
        load(part.by, 0);
        lookup(part.map, true);
        add("ct", {{NFTNL_EXPR_CT_KEY, NFT_CT_ZONE}, {NFTNL_EXPR_CT_SREG, at_word(0)}});
    }
    void operator()(const Translate& part) {
        load_key(part.key);
        lookup(part.map, true);
        const bool v4 = part.family == Family::v4;
        // Where the last of a range is, in words behind the first.
        const unsigned last = part.data.range ? length(part.data) / 2 / 4 : 0;
        auto expression = make("nat", {{NFTNL_EXPR_NAT_TYPE, part.source ? NFT_NAT_SNAT : NFT_NAT_DNAT},
                                       {NFTNL_EXPR_NAT_FAMILY, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6},
                                       {NFTNL_EXPR_NAT_REG_ADDR_MIN, at_word(0)},
                                       {NFTNL_EXPR_NAT_REG_ADDR_MAX, at_word(last)}});
        uint32_t flags = NF_NAT_RANGE_MAP_IPS;
        if (part.data.fields.size() > 1) {
            const unsigned word = v4 ? 1 : 4;
            nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_NAT_REG_PROTO_MIN, at_word(word));
            nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_NAT_REG_PROTO_MAX, at_word(word + last));
            flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
        }
        nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_NAT_FLAGS, flags);
        add(std::move(expression));
    }
    void operator()(const SetMark& part) {
        load_key(part.key);
        lookup(part.map, true);
        add("ct", {{NFTNL_EXPR_CT_KEY, NFT_CT_MARK}, {NFTNL_EXPR_CT_SREG, at_word(0)}});
    }
    void operator()(const SetPacketMark& part) {
        load_key(part.key);
        lookup(part.map, true);
        add("meta", {{NFTNL_EXPR_META_KEY, NFT_META_MARK}, {NFTNL_EXPR_META_SREG, at_word(0)}});
    }
    void operator()(const Decide& part) {
        load_key(part.key);
        auto expression = make("lookup", {{NFTNL_EXPR_LOOKUP_SREG, at_word(0)},
                                          {NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT},
                                          {NFTNL_EXPR_LOOKUP_FLAGS, 0}});
        nftnl_expr_set_str(expression.get(), NFTNL_EXPR_LOOKUP_SET, part.map.c_str());
        add(std::move(expression));
    }
    void operator()(const Readable& part) {
        depend(part.field);
        load(part.field, 0);
        compare(NFT_CMP_GTE, std::vector<uint8_t>(info(part.field).length));
    }
    void operator()(const Log& part) {
        auto expression = make("log", {});
        nftnl_expr_set_str(expression.get(), NFTNL_EXPR_LOG_PREFIX, part.prefix.c_str());
        nftnl_expr_set_u16(expression.get(), NFTNL_EXPR_LOG_GROUP, kLogGroup);
        nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_LOG_SNAPLEN, 0);
        nftnl_expr_set_u16(expression.get(), NFTNL_EXPR_LOG_QTHRESHOLD, 0);
        add(std::move(expression));
    }
    void operator()(const Reject&) {
        auto expression = make("reject", {{NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH}});
        nftnl_expr_set_u8(expression.get(), NFTNL_EXPR_REJECT_CODE, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
        add(std::move(expression));
    }
    void operator()(const Confirmed&) { any_bit(NFT_CT_STATUS, IPS_CONFIRMED); }
    void operator()(const Fragment& part) {
        if (part.family == Family::v4) {
            require(NFT_META_NFPROTO, NFPROTO_IPV4);
            payload({Load::From::payload, NFT_PAYLOAD_NETWORK_HEADER, 6}, 0, 2);
            const uint16_t more_or_not_first = htons(0x3fff);
            any_of(&more_or_not_first, sizeof(more_or_not_first));
        } else {
            require(NFT_META_NFPROTO, NFPROTO_IPV6);
            auto expression = make("exthdr", {{NFTNL_EXPR_EXTHDR_DREG, at_word(0)},
                                              {NFTNL_EXPR_EXTHDR_OFFSET, 0},
                                              {NFTNL_EXPR_EXTHDR_LEN, 1},
                                              {NFTNL_EXPR_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT},
                                              {NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_IPV6}});
            nftnl_expr_set_u8(expression.get(), NFTNL_EXPR_EXTHDR_TYPE, IPPROTO_FRAGMENT);
            add(std::move(expression));
            compare(NFT_CMP_EQ, {1});
        }
    }
    void operator()(const Return&) { verdict(NFT_RETURN, {}); }
    void operator()(const Jump& part) { verdict(NFT_JUMP, part.chain); }
    void operator()(const ClampSegments& part) {
        load_key(part.key);
        lookup(part.map, true);
        auto expression = make("exthdr", {{NFTNL_EXPR_EXTHDR_SREG, at_word(0)},
                                          {NFTNL_EXPR_EXTHDR_OFFSET, 2},
                                          {NFTNL_EXPR_EXTHDR_LEN, 2},
                                          {NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_TCPOPT}});
        nftnl_expr_set_u8(expression.get(), NFTNL_EXPR_EXTHDR_TYPE, TCPOPT_MAXSEG);
        add(std::move(expression));
    }
    void operator()(const Offload& part) {
        auto expression = make("flow_offload", {});
        nftnl_expr_set_str(expression.get(), NFTNL_EXPR_FLOW_TABLE_NAME, part.flowtable.c_str());
        add(std::move(expression));
    }
    void operator()(const Untrack&) { add("notrack", {}); }
    void operator()(const Count& part) {
        auto expression = make("objref", {{NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER}});
        nftnl_expr_set_str(expression.get(), NFTNL_EXPR_OBJREF_IMM_NAME, part.counter.c_str());
        add(std::move(expression));
    }
    void operator()(const Accept&) { verdict(NF_ACCEPT, {}); }
    void operator()(const Drop&) { verdict(NF_DROP, {}); }
    void operator()(const Goto& part) { verdict(NFT_GOTO, part.chain); }

  private:
    struct Value {
        uint16_t attribute;
        uint32_t value;
    };
    using Values = std::initializer_list<Value>;

    static ExpressionHandle make(const char* name, Values values) {
        auto expression = own<ExpressionHandle>(nftnl_expr_alloc(name));
        for (const Value& value : values) nftnl_expr_set_u32(expression.get(), value.attribute, value.value);
        return expression;
    }
    void add(ExpressionHandle expression) { nftnl_rule_add_expr(rule_.get(), expression.release()); }
    void add(const char* name, Values values) { add(make(name, values)); }

    // Whether conntrack has any of these bits.
    void any_bit(uint32_t key_of_conntrack, uint32_t mask) {
        add("ct", {{NFTNL_EXPR_CT_KEY, key_of_conntrack}, {NFTNL_EXPR_CT_DREG, at_word(0)}});
        any_of(&mask, sizeof(mask));
    }
    // Whether what was loaded has any of the mask's bits.
    void any_of(const void* mask, uint32_t length) {
        auto expression = make("bitwise", {{NFTNL_EXPR_BITWISE_SREG, at_word(0)},
                                           {NFTNL_EXPR_BITWISE_DREG, at_word(0)},
                                           {NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL},
                                           {NFTNL_EXPR_BITWISE_LEN, length}});
        const uint32_t none = 0;
        nftnl_expr_set(expression.get(), NFTNL_EXPR_BITWISE_MASK, mask, length);
        nftnl_expr_set(expression.get(), NFTNL_EXPR_BITWISE_XOR, &none, length);
        add(std::move(expression));
        compare(NFT_CMP_NEQ, std::vector<uint8_t>(length));
    }

    // A rule about a header is about packets that have it.
    void depend(Field field) {
        require(NFT_META_NFPROTO, info(field).family);
        require(NFT_META_L4PROTO, info(field).protocol);
    }
    void require(uint32_t meta, uint8_t number) {
        if (number == 0 || !required_.insert(meta).second) return;
        add("meta", {{NFTNL_EXPR_META_KEY, meta}, {NFTNL_EXPR_META_DREG, at_word(0)}});
        compare(NFT_CMP_EQ, {number});
    }

    // `scratch`: where what is hashed is loaded.
    void load(Field field, unsigned word, unsigned scratch = 0) {
        const FieldInfo& of = info(field);
        switch (of.load.from) {
            case Load::From::meta:
                add("meta", {{NFTNL_EXPR_META_KEY, of.load.what}, {NFTNL_EXPR_META_DREG, at_word(word)}});
                break;
            case Load::From::conntrack:
                add("ct", {{NFTNL_EXPR_CT_KEY, of.load.what}, {NFTNL_EXPR_CT_DREG, at_word(word)}});
                break;
            case Load::From::payload:
                payload(of.load, word, of.length);
                break;
            case Load::From::hash_of_payload:
                payload(of.load, scratch, of.load.length);
                add("hash", {{NFTNL_EXPR_HASH_SREG, at_word(scratch)},
                             {NFTNL_EXPR_HASH_DREG, at_word(word)},
                             {NFTNL_EXPR_HASH_LEN, of.load.length},
                             {NFTNL_EXPR_HASH_MODULUS, kSlots},
                             {NFTNL_EXPR_HASH_SEED, kJhashSeed},
                             {NFTNL_EXPR_HASH_TYPE, NFT_HASH_JENKINS}});
                break;
        }
    }
    void payload(const Load& from, unsigned word, unsigned length) {
        add("payload", {{NFTNL_EXPR_PAYLOAD_DREG, at_word(word)},
                        {NFTNL_EXPR_PAYLOAD_BASE, from.what},
                        {NFTNL_EXPR_PAYLOAD_OFFSET, from.offset},
                        {NFTNL_EXPR_PAYLOAD_LEN, length}});
    }
    void load_key(const Layout& key) {
        for (const Field field : key.fields) depend(field);
        unsigned word = 0;
        const unsigned scratch = length(key) / 4 + 4;  // as nft does
        for (const Field field : key.fields) {
            const unsigned bytes = info(field).length;
            load(field, word, scratch);
            const bool number = info(field).data_type != DataType::interface_name;
            if (key.interval && number && bytes > 1 && info(field).order == Order::host) {
                add("byteorder", {{NFTNL_EXPR_BYTEORDER_SREG, at_word(word)},
                                  {NFTNL_EXPR_BYTEORDER_DREG, at_word(word)},
                                  {NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON},
                                  {NFTNL_EXPR_BYTEORDER_LEN, bytes},
                                  {NFTNL_EXPR_BYTEORDER_SIZE, bytes}});
            }
            word += (bytes + 3) / 4;
        }
    }
    void lookup(const std::string& set, bool with_data, uint32_t flags = 0) {
        auto expression =
            make("lookup", {{NFTNL_EXPR_LOOKUP_SREG, at_word(0)}, {NFTNL_EXPR_LOOKUP_FLAGS, flags}});
        nftnl_expr_set_str(expression.get(), NFTNL_EXPR_LOOKUP_SET, set.c_str());
        if (with_data) nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_LOOKUP_DREG, at_word(0));
        add(std::move(expression));
    }
    void compare(uint32_t operation, const std::vector<uint8_t>& bytes) {
        auto expression = make("cmp", {{NFTNL_EXPR_CMP_SREG, at_word(0)}, {NFTNL_EXPR_CMP_OP, operation}});
        nftnl_expr_set(expression.get(), NFTNL_EXPR_CMP_DATA, bytes.data(),
                       static_cast<uint32_t>(bytes.size()));
        add(std::move(expression));
    }
    void verdict(int code, const std::string& chain) {
        auto expression = make("immediate", {{NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT},
                                             {NFTNL_EXPR_IMM_VERDICT, static_cast<uint32_t>(code)}});
        if (!chain.empty()) nftnl_expr_set_str(expression.get(), NFTNL_EXPR_IMM_CHAIN, chain.c_str());
        add(std::move(expression));
    }

    static std::vector<uint8_t> value(const Compare& part) {
        const FieldInfo& of = info(part.field);
        std::vector<uint8_t> bytes(of.length);
        if (of.data_type == DataType::interface_name) {
            std::memcpy(bytes.data(), part.text.data(), std::min<size_t>(part.text.size(), of.length - 1));
            if (part.text.ends_with('*')) bytes.resize(part.text.size() - 1);
            return bytes;
        }
        // Shifted so that the number's bytes, in network order, are the first ones.
        const uint32_t ordered =
            of.order == Order::network ? htonl(part.number << (8 * (4 - of.length))) : part.number;
        std::memcpy(bytes.data(), &ordered, bytes.size());
        return bytes;
    }

    RuleHandle rule_;
    std::set<uint32_t> required_;
};

ChainHandle make_chain(const ChainDefinition& definition) {
    auto chain = own<ChainHandle>(nftnl_chain_alloc());
    nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_FAMILY, NFPROTO_INET);
    nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, kTable);
    nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, definition.name.c_str());
    const Hook& hook = definition.hook;
    if (!hook.name.empty()) {
        nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, hook.type.c_str());
        nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, hook.number);
        nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, hook.priority);
        nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
    return chain;
}

ObjectHandle make_counter(const std::string& name) {
    auto counter = own<ObjectHandle>(nftnl_obj_alloc());
    nftnl_obj_set_u32(counter.get(), NFTNL_OBJ_FAMILY, NFPROTO_INET);
    nftnl_obj_set_str(counter.get(), NFTNL_OBJ_TABLE, kTable);
    nftnl_obj_set_str(counter.get(), NFTNL_OBJ_NAME, name.c_str());
    nftnl_obj_set_u32(counter.get(), NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
    return counter;
}

TableHandle make_table() {
    auto table = own<TableHandle>(nftnl_table_alloc());
    nftnl_table_set_u32(table.get(), NFTNL_TABLE_FAMILY, NFPROTO_INET);
    nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, kTable);
    nftnl_table_set_u32(table.get(), NFTNL_TABLE_FLAGS, 0);
    const auto data = comment_data(std::string(kMark));
    nftnl_table_set_data(table.get(), NFTNL_TABLE_USERDATA, nftnl_udata_buf_data(data.get()),
                         nftnl_udata_buf_len(data.get()));
    return table;
}

}  // namespace

FrameObjects frame_objects(FrameOptions options) {
    const Frame& of = frame(options);
    FrameObjects objects;
    objects.table = make_table();
    uint32_t id = 0;
    for (const auto& set : sets()) objects.sets.push_back(make_set(set, ++id));
    for (const auto& counter : of.counters) objects.counters.push_back(make_counter(counter));
    if (of.flowtable) objects.flowtable = flowtable_with({});
    for (const auto& chain : of.chains) {
        objects.chains.push_back(make_chain(chain));
        for (const auto& rule : chain.rules) objects.rules.push_back(RuleBuilder(chain.name, rule).take());
    }
    return objects;
}

FlowtableHandle flowtable_with(std::span<const std::string> devices) {
    auto handle = own<FlowtableHandle>(nftnl_flowtable_alloc());
    nftnl_flowtable* flowtable = handle.get();
    nftnl_flowtable_set_u32(flowtable, NFTNL_FLOWTABLE_FAMILY, NFPROTO_INET);
    nftnl_flowtable_set_str(flowtable, NFTNL_FLOWTABLE_TABLE, kTable);
    nftnl_flowtable_set_str(flowtable, NFTNL_FLOWTABLE_NAME, kFlowtable);
    nftnl_flowtable_set_u32(flowtable, NFTNL_FLOWTABLE_HOOKNUM, NF_NETDEV_INGRESS);
    nftnl_flowtable_set_s32(flowtable, NFTNL_FLOWTABLE_PRIO, NF_IP_PRI_FILTER);
    // Bytes and packets of offloaded flows stay in their connections' accounts.
    nftnl_flowtable_set_u32(flowtable, NFTNL_FLOWTABLE_FLAGS, NFT_FLOWTABLE_COUNTER);
    if (!devices.empty()) {
        std::vector<const char*> names;
        for (const auto& device : devices) names.push_back(device.c_str());
        names.push_back(nullptr);
        nftnl_flowtable_set_array(flowtable, NFTNL_FLOWTABLE_DEVICES, names.data());
    }
    return handle;
}

UserDataHandle comment_data(const std::string& comment) {
    auto data = own<UserDataHandle>(nftnl_udata_buf_alloc(kUserDataSize));
    if (!nftnl_udata_put_strz(data.get(), 0, comment.c_str())) {
        throw Error::system("comment \"" + comment + "\"", EMSGSIZE);
    }
    return data;
}

std::string comment_in(const void* data, uint32_t length) {
    // Type, length, and text with its NUL; read by hand, since the library trusts the inner length.
    const auto* bytes = static_cast<const uint8_t*>(data);
    while (length >= 2) {
        const uint8_t type = bytes[0];
        const uint8_t size = bytes[1];
        if (length - 2 < size) break;
        const auto* text = reinterpret_cast<const char*>(bytes + 2);
        if (type == 0) return std::string(text, strnlen(text, size));
        bytes += 2 + size;
        length -= 2U + size;
    }
    return {};
}

}  // namespace nvi::nft
