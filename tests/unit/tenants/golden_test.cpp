// SPDX-License-Identifier: GPL-2.0-or-later
// Golden errors. golden/NAME.toml is a tenant's file, golden/NAME/gateway.toml a whole configuration;
// what is said of them stands in golden/NAME.err. With NVI_GOLDEN=write in the environment the
// .err files are written; read the difference before committing it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tenants/load.hpp"

namespace nvi::tenants {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::string errors_of(const fs::path& path) {
    if (fs::is_directory(path)) return load((path / "gateway.toml").string()).diagnostics.text();
    Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    gateway.tenants_directory = "golden";
    return load_tenant(gateway, path.stem().string()).diagnostics.text();
}

TEST(GoldenTest, Errors) {
    const char* mode = std::getenv("NVI_GOLDEN");
    const bool write = mode != nullptr && std::string_view(mode) == "write";
    size_t cases = 0;
    for (const auto& entry : fs::directory_iterator("golden")) {
        if (entry.path().extension() == ".err") continue;
        ++cases;
        const fs::path expected = fs::path(entry.path()).replace_extension(".err");
        const std::string errors = errors_of(entry.path());
        if (write) {
            std::ofstream(expected, std::ios::binary) << errors;
            continue;
        }
        EXPECT_TRUE(fs::exists(expected)) << expected;
        EXPECT_EQ(errors, contents(expected)) << entry.path();
    }
    EXPECT_GE(cases, 40U);
}

}  // namespace
}  // namespace nvi::tenants
