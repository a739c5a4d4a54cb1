// SPDX-License-Identifier: GPL-2.0-or-later
// Sets and maps as libnftnl's objects, with what lets nft list them by the names of their fields.
#include "nft/set_objects.hpp"

#include <linux/netfilter/nf_tables.h>

#include "nft/netfilter.hpp"

namespace nvi::nft {

namespace {

constexpr uint32_t kUserDataSize = 256;  // NFT_USERDATA_MAXLEN

void put_type(nftnl_udata_buf* to, const TypeOf& type) {
    nftnl_udata_put_u32(to, NFTNL_UDATA_SET_TYPEOF_EXPR, type.expression);
    nftnl_udata* arguments = nftnl_udata_nest_start(to, NFTNL_UDATA_SET_TYPEOF_DATA);
    for (size_t i = 0; i < type.arguments.size(); ++i) {
        const auto number = type.order.empty() ? static_cast<uint8_t>(i) : type.order[i];
        nftnl_udata_put_u32(to, number, type.arguments[number]);
    }
    nftnl_udata_nest_end(to, arguments);
}

// Without names nft lists the types.
void put_type(nftnl_udata_buf* to, uint8_t attribute, const Layout& layout, bool with_names) {
    constexpr uint32_t kConcatenation = 13;  // of nft's enum expr_types
    nftnl_udata* all = nftnl_udata_nest_start(to, attribute);
    if (layout.fields.size() == 1) {
        put_type(to, info(layout.fields.front()).type_of);
    } else {
        nftnl_udata_put_u32(to, NFTNL_UDATA_SET_TYPEOF_EXPR, kConcatenation);
        nftnl_udata* fields = nftnl_udata_nest_start(to, NFTNL_UDATA_SET_TYPEOF_DATA);
        for (size_t i = 0; with_names && i < layout.fields.size(); ++i) {
            nftnl_udata* field = nftnl_udata_nest_start(to, static_cast<uint8_t>(i));
            put_type(to, info(layout.fields[i]).type_of);
            nftnl_udata_nest_end(to, field);
        }
        nftnl_udata_nest_end(to, fields);
    }
    nftnl_udata_nest_end(to, all);
}

// nft's enum byteorder; a concatenation and a verdict have none.
uint32_t byte_order(const Layout& layout) {
    if (layout.fields.size() > 1 || has(layout, Field::verdict)) return 0;
    return info(layout.fields.front()).order == Order::host ? 1 : 2;
}

// What lets nft list the set by the names of its fields.
UserDataHandle set_data(const SetDefinition& set) {
    auto data = own<UserDataHandle>(nftnl_udata_buf_alloc(kUserDataSize));
    nftnl_udata_put_u32(data.get(), NFTNL_UDATA_SET_KEYBYTEORDER, byte_order(set.key));
    if (set.is_map()) nftnl_udata_put_u32(data.get(), NFTNL_UDATA_SET_DATABYTEORDER, byte_order(set.data));
    const bool range = set.data.range;  // of such a map nft 1.0.6 writes no names
    put_type(data.get(), NFTNL_UDATA_SET_KEY_TYPEOF, set.key, !range);
    if (set.is_map()) {
        put_type(data.get(), NFTNL_UDATA_SET_DATA_TYPEOF, set.data, !range);
        nftnl_udata_put_u32(data.get(), NFTNL_UDATA_SET_DATA_INTERVAL, range ? 1 : 0);
    }
    return data;
}

}  // namespace

ExpressionHandle stateful_expression(Stateful stateful, uint64_t number) {
    if (stateful == Stateful::connections) {
        auto count = own<ExpressionHandle>(nftnl_expr_alloc("connlimit"));
        nftnl_expr_set_u32(count.get(), NFTNL_EXPR_CONNLIMIT_COUNT, static_cast<uint32_t>(number));
        nftnl_expr_set_u32(count.get(), NFTNL_EXPR_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV);
        return count;
    }
    auto expression = own<ExpressionHandle>(nftnl_expr_alloc("limit"));
    const bool bytes = stateful == Stateful::bytes;
    nftnl_expr_set_u64(expression.get(), NFTNL_EXPR_LIMIT_RATE, number);
    nftnl_expr_set_u64(expression.get(), NFTNL_EXPR_LIMIT_UNIT, 1);  // seconds
    nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_LIMIT_BURST,
                       bytes ? burst_bytes(number) : static_cast<uint32_t>(number));
    nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_LIMIT_TYPE, bytes ? NFT_LIMIT_PKT_BYTES : NFT_LIMIT_PKTS);
    nftnl_expr_set_u32(expression.get(), NFTNL_EXPR_LIMIT_FLAGS, NFT_LIMIT_F_INV);
    return expression;
}

SetHandle make_set(const SetDefinition& definition, uint32_t id) {
    auto handle = own<SetHandle>(nftnl_set_alloc());
    nftnl_set* set = handle.get();
    uint32_t flags = 0;
    nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
    nftnl_set_set_str(set, NFTNL_SET_TABLE, kTable);
    nftnl_set_set_str(set, NFTNL_SET_NAME, definition.name.c_str());
    nftnl_set_set_u32(set, NFTNL_SET_ID, id);
    nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, data_type(definition.key));
    nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, length(definition.key));
    if (definition.is_map()) {
        flags |= NFT_SET_MAP;
        nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, data_type(definition.data));
        nftnl_set_set_u32(set, NFTNL_SET_DATA_LEN, length(definition.data));
    }
    if (definition.key.interval) {
        flags |= NFT_SET_INTERVAL | NFT_SET_CONCAT;
        std::vector<uint8_t> lengths;
        for (const Field field : definition.key.fields)
            lengths.push_back(static_cast<uint8_t>(info(field).length));
        nftnl_set_set_data(set, NFTNL_SET_DESC_CONCAT, lengths.data(), static_cast<uint32_t>(lengths.size()));
    }
    if (is_dynamic(definition)) flags |= NFT_SET_EVAL;
    // nft takes elements that count only where the set's definition says so; each element has a number of its
    // own.
    if (definition.stateful == Stateful::connections)
        nftnl_set_add_expr(set, stateful_expression(definition.stateful, 0).release());
    nftnl_set_set_u32(set, NFTNL_SET_FLAGS, flags);
    const auto data = set_data(definition);
    nftnl_set_set_data(set, NFTNL_SET_USERDATA, nftnl_udata_buf_data(data.get()),
                       nftnl_udata_buf_len(data.get()));
    return handle;
}

}  // namespace nvi::nft
