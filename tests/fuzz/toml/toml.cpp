// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a tenant's and as the gateway's file: there are diagnostics, or a model that is the same
// when it is written and read again, and that edits do not break. Nothing shown can harm a terminal.
#include <cstdlib>
#include <string_view>

#include "gateway/net/error.hpp"
#include "tenants/check.hpp"
#include "tenants/claims.hpp"
#include "tenants/edit.hpp"
#include "tenants/load.hpp"
#include "tenants/peers.hpp"
#include "tenants/reader.hpp"
#include "tenants/text.hpp"

using namespace nvi::tenants;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void show(Diagnostics& diagnostics, std::string_view text) {
    diagnostics.finish([&](const std::string&) { return std::optional<std::string>(text); });
    std::string_view shown;
    const std::string all = diagnostics.text();
    for (shown = all; !shown.empty();) {
        const CodePoint point = first_code_point(shown);
        require(point.valid && (point.value == '\n' || (point.value >= 0x20 && point.value != 0x7f)));
        shown.remove_prefix(point.bytes);
    }
}

Gateway a_gateway() {
    Diagnostics none;
    auto read = read_gateway(
        "[gateway]\noutside=[\"eth0\"]\npublic=[\"203.0.113.0/24\"]\n"
        "[underlay]\naddress=\"172.16.0.1\"\n",
        "gateway.toml", none);
    require(read.sound && none.empty());
    return read.value;
}

void edit(std::string_view text, const Tenant& tenant, const Gateway& gateway) {
    for (const std::string_view table : {"host", "floating", "snat", "forward"}) {
        try {
            remove_entry(text, table, 0);
        } catch (const nvi::Error&) {  // a layout for persons
        }
    }
    nvi::tenants::Host host = tenant.hosts.empty() ? Host{} : tenant.hosts.front();
    try {
        const std::string longer = append_entry(text, entry_of(host));
        const auto again = read_and_check(gateway, tenant.name, longer).value;
        require(again.hosts.size() == tenant.hosts.size() + 1);
    } catch (const nvi::Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const Gateway gateway = a_gateway();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    {
        Diagnostics diagnostics;
        const auto read = read_gateway(text, "gateway.toml", diagnostics);
        require(read.sound == diagnostics.empty());
        if (read.parsed) check_gateway(read.value, diagnostics);
        show(diagnostics, text);
    }
    Diagnostics diagnostics;
    auto read = read_tenant(text, "acme", "acme.toml", diagnostics);
    require(read.sound == diagnostics.empty());
    if (read.parsed) {
        enter_peers(read.value, gateway, diagnostics);
        check_tenant(read.value, gateway, diagnostics, read.sound);
        Registry registry;
        registry.enter(claims_of(read.value), diagnostics);
    }
    if (diagnostics.empty()) {
        const auto again = read_and_check(gateway, "acme", tenant_text(read.value));
        require(again.ok() && again.value == read.value);
    }
    if (read.sound) edit(text, read.value, gateway);
    show(diagnostics, text);
    return 0;
}
