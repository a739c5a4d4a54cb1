// SPDX-License-Identifier: GPL-2.0-or-later
// The model, errors and the schema as JSON.
#include "tenants/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tenants/load.hpp"
#include "tenants/schema.hpp"

namespace nvi::tenants {
namespace {

TEST(JsonTest, TenantHasTheFormOfItsFile) {
    const auto loaded = load("../../../tenants/examples/gateway.toml");
    EXPECT_EQ(to_json(loaded.value.tenants.at("acme")).dump(),
              R"({"name":"acme","file":"../../../tenants/examples/tenants.d/acme.toml","id":1001,)"
              R"("overlay":{"type":"gretap","key":1001,"gateway":["10.0.0.1/24"]},)"
              R"("host":[{"address":"10.0.0.7","node":"172.16.0.11"},)"
              R"({"address":"10.0.0.8","node":"172.16.0.11"}],)"
              R"("floating":[{"public":"203.0.113.10","private":"10.0.0.7"}],)"
              R"("snat":[{"from":"10.0.0.0/24","to":["203.0.113.11"]}],"forward":[],"service":[]})");
    EXPECT_EQ(summary(loaded.value.tenants.at("globex")).dump(),
              R"({"name":"globex","id":1002,"overlay":"gretap","key":1002,"hosts":2,"floating":1,"snat":1,)"
              R"("forwards":0})");
    EXPECT_EQ(
        to_json(loaded.value.gateway)["gateway"].dump(),
        R"({"outside":["eth0"],"public":["203.0.113.0/24"],"tenants":"../../../tenants/examples/tenants.d"})");
}

TEST(JsonTest, Diagnostics) {
    const auto loaded = load("golden/errors-of-all-files/gateway.toml");
    const auto json = to_json(loaded.diagnostics);
    ASSERT_EQ(json.size(), loaded.diagnostics.size());
    EXPECT_EQ(json[1].dump(),
              R"({"file":"golden/errors-of-all-files/tenants.d/folder.toml","message":"Is a directory"})");
    EXPECT_EQ(json[2].dump(),
              R"({"file":"golden/errors-of-all-files/tenants.d/globex.toml","line":10,"column":8,)"
              R"("message":"node is not an address: \"x\"","source":"node = \"x\""})");
}

TEST(JsonTest, HostileTextCanBeSerialized) {
    Diagnostics diagnostics;
    Diagnostic diagnostic;
    diagnostic.place = Place{FileName("\xff.toml"), 1, 1};
    diagnostic.message = "\xfe\x1b";
    diagnostic.source = "\xfd";
    diagnostics.add(diagnostic);
    EXPECT_EQ(to_json(diagnostics).dump(),
              R"([{"file":"\\xff.toml","line":1,"column":1,"message":"\\xfe\\x1b","source":"\\xfd"}])");
}

TEST(SchemaTest, FollowsTheTables) {
    const auto tenant = schema(tenant_file_shape());
    EXPECT_EQ(tenant["$schema"], "http://json-schema.org/draft-07/schema#");
    EXPECT_EQ(tenant["additionalProperties"], false);
    EXPECT_EQ(tenant["required"].dump(), R"(["id","overlay"])");
    EXPECT_EQ(tenant["properties"]["id"]["minimum"], 256);
    const auto& overlay = tenant["properties"]["overlay"];
    EXPECT_EQ(overlay["properties"]["type"]["enum"].dump(), R"(["gretap","vxlan","gre","ipip"])");
    EXPECT_EQ(overlay["properties"]["gateway"]["minItems"], 1);
    EXPECT_EQ(overlay["properties"]["port"]["default"], 4789);
    EXPECT_EQ(tenant["properties"]["host"]["items"]["required"].dump(), R"(["address","node"])");
    EXPECT_EQ(schema(gateway_file_shape())["properties"]["offload"]["properties"]["enabled"]["default"],
              true);
}

// What the schema says is absent-able has a value in the model that says the same.
TEST(SchemaTest, DefaultsAreThoseOfTheModel) {
    const Gateway gateway;
    const auto json = schema(gateway_file_shape())["properties"];
    EXPECT_EQ(json["gateway"]["properties"]["tenants"]["default"], gateway.tenants.value);
    EXPECT_EQ(json["underlay"]["properties"]["mtu"]["default"], gateway.underlay_mtu);
    EXPECT_EQ(json["offload"]["properties"]["enabled"]["default"], gateway.offload);
    EXPECT_EQ(schema(tenant_file_shape())["properties"]["overlay"]["properties"]["port"]["default"],
              Overlay().port.value);
}

}  // namespace
}  // namespace nvi::tenants
