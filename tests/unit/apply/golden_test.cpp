// SPDX-License-Identifier: GPL-2.0-or-later
// Golden cases: what is, what shall be, and the plan and order that come of it. One file a case.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "gateway/apply/order.hpp"
#include "gateway/apply/plan.hpp"
#include "tests/unit/apply/state_text.hpp"

namespace nvi::apply {
namespace {

std::vector<std::string> case_files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(CASES)) {
        if (entry.path().extension() == ".case") names.push_back(entry.path().stem());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// "--- current" and so on; what stands before the first is a comment.
std::map<std::string, std::string> sections(const std::string& path) {
    std::ifstream file(path);
    std::map<std::string, std::string> result;
    std::string section;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("--- ")) {
            section = line.substr(4);
            result[section];
        } else if (!section.empty()) {
            result[section] += line + '\n';
        }
    }
    return result;
}

std::string order_text(const Diff& diff) {
    std::string text;
    for (const auto& operation : order(diff)) text += command(operation) + '\n';
    return text;
}

// NVI_WRITE_CASES=1 writes what comes out into the files, to be looked at with `git diff`.
void write(const std::string& path, const std::string& plan, const std::string& order) {
    std::ifstream in(path);
    std::string kept;
    for (std::string line; std::getline(in, line) && line != "--- plan";) kept += line + '\n';
    std::ofstream(path) << kept << "--- plan\n" << plan << "--- order\n" << order;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, plan_and_order) {
    const auto file = std::string(CASES) + "/" + GetParam() + ".case";
    auto text = sections(file);
    ASSERT_TRUE(text.contains("current") && text.contains("desired") && text.contains("plan") &&
                text.contains("order"))
        << file;
    const auto current = state::parse_state(text["current"]);
    const auto desired = state::parse_state(text["desired"]);
    const TenantNames names = {{1001, "acme"}, {1002, "globex"}};
    const Diff changes = diff(current, desired);
    const auto plan_is = plan_text(plan(changes, names), false);
    const auto order_is = order_text(changes);
    if (std::getenv("NVI_WRITE_CASES") != nullptr) {
        write(file, plan_is, order_is);
        return;
    }
    EXPECT_EQ(plan_is, text["plan"]);
    EXPECT_EQ(order_is, text["order"]);
    EXPECT_TRUE(diff(desired, desired).empty());
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(case_files()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace nvi::apply
