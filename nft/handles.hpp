// SPDX-License-Identifier: GPL-2.0-or-later
// Ownership of libnftnl's objects.
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/flowtable.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

#include <memory>
#include <new>

namespace nvi::nft {

template <auto release>
struct Release {
    template <typename Object>
    void operator()(Object* object) const {
        release(object);
    }
};

using TableHandle = std::unique_ptr<nftnl_table, Release<nftnl_table_free>>;
using ChainHandle = std::unique_ptr<nftnl_chain, Release<nftnl_chain_free>>;
using RuleHandle = std::unique_ptr<nftnl_rule, Release<nftnl_rule_free>>;
using SetHandle = std::unique_ptr<nftnl_set, Release<nftnl_set_free>>;
using ElementHandle = std::unique_ptr<nftnl_set_elem, Release<nftnl_set_elem_free>>;
using ObjectHandle = std::unique_ptr<nftnl_obj, Release<nftnl_obj_free>>;
using FlowtableHandle = std::unique_ptr<nftnl_flowtable, Release<nftnl_flowtable_free>>;
using ExpressionHandle = std::unique_ptr<nftnl_expr, Release<nftnl_expr_free>>;
using UserDataHandle = std::unique_ptr<nftnl_udata_buf, Release<nftnl_udata_buf_free>>;

// libnftnl returns null only when memory is short (or for a name of an expression that it does not know).
template <typename Handle>
Handle own(typename Handle::pointer object) {
    if (object == nullptr) throw std::bad_alloc();
    return Handle(object);
}

}  // namespace nvi::nft
