// SPDX-License-Identifier: GPL-2.0-or-later
// Editing keeps what a person wrote.
#include "tenants/edit.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <filesystem>

#include "gateway/net/error.hpp"
#include "tenants/load.hpp"

namespace nvi::tenants {
namespace {

constexpr std::string_view kFile = R"(# acme: ask Ann before changing
id = 1001   # keep

[overlay]
type = "gretap"
key = 1001
gateway = ["10.0.0.1/24"]

# web
[[host]]
address = "10.0.0.7"
node = "172.16.0.11"
# mac = "02:00:00:00:00:07"

# A note of its own.

# database
[[host]]
node = "172.16.0.12"  # rack 4
address = "10.0.0.8"

[[floating]]
public = "203.0.113.10"
private = "10.0.0.7"
)";

Host host(const char* address, const char* node) {
    return {{*Address::parse(address), {}}, {*Address::parse(node), {}}, {}};
}

// `text` with the one occurrence of `from` replaced.
std::string with(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    EXPECT_NE(out.find(from), std::string::npos) << from;
    return out.replace(out.find(from), from.size(), to);
}

TEST(EditTest, AppendGoesBehindTheLastOfItsKind) {
    EXPECT_EQ(append_entry(kFile, entry_of(host("10.0.0.9", "172.16.0.11"))),
              with(kFile, "\n[[floating]]",
                   "\n[[host]]\naddress = \"10.0.0.9\"\nnode = \"172.16.0.11\"\n\n[[floating]]"));
}

TEST(EditTest, AppendTheFirstOfItsKind) {
    const Snat snat{{*Prefix::parse("10.0.0.0/24"), {}}, {{*Address::parse("203.0.113.11"), {}}}};
    const std::string entry = "\n[[snat]]\nfrom = \"10.0.0.0/24\"\nto = [\"203.0.113.11\"]\n";
    EXPECT_EQ(append_entry(kFile, entry_of(snat)), std::string(kFile) + entry);
    EXPECT_EQ(append_entry("id = 5", entry_of(snat)), "id = 5\n" + entry);
    EXPECT_EQ(append_entry("", entry_of(snat)), entry.substr(1));
}

TEST(EditTest, RemoveTakesTheCommentAbove) {
    EXPECT_EQ(remove_entry(kFile, "host", 1),
              with(kFile,
                   "# database\n[[host]]\nnode = \"172.16.0.12\"  # rack 4\naddress = \"10.0.0.8\"\n\n", ""));
    EXPECT_EQ(remove_entry(kFile, "host", 0),
              with(kFile,
                   "# web\n[[host]]\naddress = \"10.0.0.7\"\nnode = \"172.16.0.11\"\n"
                   "# mac = \"02:00:00:00:00:07\"\n\n",
                   ""));
    EXPECT_EQ(remove_entry(kFile, "floating", 0),
              with(kFile, "\n[[floating]]\npublic = \"203.0.113.10\"\nprivate = \"10.0.0.7\"\n", ""));
}

TEST(EditTest, InsertGoesInFrontWithItsComment) {
    const Entry added{"host", {{"address", "\"10.0.0.9\""}}};
    EXPECT_EQ(insert_entry(kFile, added, 1),
              with(kFile, "# database\n", "[[host]]\naddress = \"10.0.0.9\"\n\n# database\n"));
    EXPECT_EQ(insert_entry(kFile, added, 0),
              with(kFile, "# web\n", "[[host]]\naddress = \"10.0.0.9\"\n\n# web\n"));
    EXPECT_EQ(insert_entry(kFile, added, 2), append_entry(kFile, added));
    EXPECT_EQ(insert_entry("id = 5\n", added, 0), append_entry("id = 5\n", added));
    EXPECT_EQ(insert_entry("host = [{ a = 1 }, { a = 2 }]\n", {"host", {{"a", "3"}}}, 1),
              "host = [{ a = 1 }, { a = 3 }, { a = 2 }]\n");
    EXPECT_THROW(insert_entry(kFile, added, 3), Error);
}

TEST(EditTest, KeysOfATable) {
    EXPECT_EQ(set_key("id = 5", "limits", "rate-in", "\"5M\""), "id = 5\n\n[limits]\nrate-in = \"5M\"\n");
    const std::string_view file =
        "id = 5\n\n# by contract\n[limits]\nrate-in = \"5M\"  # a\n# b\n\n[[host]]\na = 1\n";
    EXPECT_EQ(set_key(file, "limits", "rate-in", "\"6M\""), with(file, "5M", "6M"));
    EXPECT_EQ(set_key(file, "limits", "packets-in", "7"), with(file, "# b\n", "# b\npackets-in = 7\n"));
    EXPECT_EQ(remove_key(file, "limits", "rate-in"), "id = 5\n\n[[host]]\na = 1\n");
    const std::string two = set_key(file, "limits", "packets-in", "7");
    EXPECT_EQ(remove_key(two, "limits", "packets-in"), file);
    EXPECT_EQ(remove_key(two, "limits", "rate-in"), with(two, "rate-in = \"5M\"  # a\n", ""));
    EXPECT_EQ(set_key("[limits]", "limits", "a", "1"), "[limits]\na = 1\n");
    EXPECT_EQ(set_key("limits = { a = 1 } # c\n", "limits", "b", "2"), "limits = { a = 1, b = 2 } # c\n");
    EXPECT_EQ(remove_key("limits = { a = 1, b = 0x2 } # c\n", "limits", "a"), "limits = { b = 0x2 } # c\n");
    EXPECT_EQ(remove_key("limits = { a = 1 }\n", "limits", "a"), "limits = {}\n");
    EXPECT_EQ(set_key("[limits]\r\na = 1\r\n", "limits", "b", "2"), "[limits]\r\na = 1\r\nb = 2\r\n");
    EXPECT_EQ(set_key("limits.a = 1\n", "limits", "a", "2"), "limits.a = 2\n");
    EXPECT_THROW(set_key("limits = 5\n", "limits", "a", "1"), Error);
    EXPECT_THROW(remove_key(file, "limits", "rate-out"), Error);
    EXPECT_THROW(remove_key("id = 5\n", "limits", "a"), Error);
}

TEST(EditTest, ReplaceOneValue) {
    EXPECT_EQ(replace_value(kFile, "host", 1, "node", "\"172.16.0.13\""),
              with(kFile, "172.16.0.12", "172.16.0.13"));
    EXPECT_THROW(replace_value(kFile, "host", 0, "mac", "\"02:00:00:00:00:07\""), Error);
}

TEST(EditTest, SetOneValue) {
    EXPECT_EQ(set_value(kFile, "host", 1, "node", "\"172.16.0.13\""),
              replace_value(kFile, "host", 1, "node", "\"172.16.0.13\""));
    EXPECT_EQ(set_value("[[host]]\na = 1  # one\n# two\n\n[[host]]\na = 2", "host", 0, "b", "3"),
              "[[host]]\na = 1  # one\nb = 3\n# two\n\n[[host]]\na = 2");
    EXPECT_EQ(set_value("[[host]]\na = 1", "host", 0, "b", "3"), "[[host]]\na = 1\nb = 3\n");
    EXPECT_EQ(set_value("[[host]]\r\na = 1\r\n", "host", 0, "b", "3"), "[[host]]\r\na = 1\r\nb = 3\r\n");
    EXPECT_EQ(set_value("host = [{ a = 1 }, { a = 2 }] # c\n", "host", 1, "b", "3"),
              "host = [{ a = 1 }, { a = 2, b = 3 }] # c\n");
    EXPECT_THROW(set_value("[[host]]\na = 1\n", "host", 1, "b", "3"), Error);
    EXPECT_THROW(set_value("host = 5\n", "host", 0, "b", "3"), Error);
}

TEST(EditTest, InlineLists) {
    const std::string_view one_line = "host = [{ address = \"10.0.0.7\", node = \"172.16.0.11\" }]\n";
    EXPECT_EQ(append_entry(one_line, entry_of(host("10.0.0.8", "172.16.0.11"))),
              with(one_line, " }]", " }, { address = \"10.0.0.8\", node = \"172.16.0.11\" }]"));
    EXPECT_EQ(remove_entry(one_line, "host", 0), "host = []\n");
    EXPECT_EQ(append_entry("host = [ ] # c\n", entry_of(host("10.0.0.8", "172.16.0.11"))),
              "host = [ { address = \"10.0.0.8\", node = \"172.16.0.11\" }] # c\n");

    const std::string_view lines =
        "host = [\n  { a = 1 }, # one\n  { a = 2 },\n  { a = 3 } # three, ]\n]\nid = 5\n";
    EXPECT_EQ(remove_entry(lines, "host", 1), with(lines, "  { a = 2 },\n", ""));
    EXPECT_EQ(append_entry("host = [\n  { a = 1 },\n]\n", {"host", {{"a", "2"}}}),
              "host = [\n  { a = 1 },\n  { a = 2 },\n]\n");
}

TEST(EditTest, WindowsLineEndsStay) {
    const std::string text = append_entry("id = 5\r\n[[host]]\r\na = 1\r\n", {"host", {{"a", "2"}}});
    EXPECT_EQ(text, "id = 5\r\n[[host]]\r\na = 1\r\n\r\n[[host]]\r\na = 2\r\n");
    EXPECT_EQ(remove_entry(text, "host", 1), "id = 5\r\n[[host]]\r\na = 1\r\n");
}

TEST(EditTest, WhatCannotBeEditedIsRefused) {
    EXPECT_THROW(remove_entry(kFile, "host", 2), Error);
    EXPECT_THROW(remove_entry(kFile, "forward", 0), Error);
    EXPECT_THROW(append_entry("host = 5\n", {"host", {{"a", "1"}}}), Error);
    EXPECT_THROW(append_entry("= 5\n", {"host", {{"a", "1"}}}), Error);
}

TEST(EditTest, NewFileReadsBack) {
    Gateway gateway = load_gateway("golden/sound/gateway.toml").value;
    gateway.tenants_directory = "golden";
    const Tenant tenant = load_tenant(gateway, "all-keys").value;
    const auto again = read_and_check(gateway, "all-keys", tenant_text(tenant));
    EXPECT_EQ(again.diagnostics.text(), "");
    EXPECT_EQ(again.value, tenant);
    EXPECT_EQ(tenant_text(again.value), tenant_text(tenant));
}

class FileChangeTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "nvi-edit-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        path_ = folder_ + "/acme.toml";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    size_t files() const {
        const auto all = std::filesystem::directory_iterator(folder_);
        return static_cast<size_t>(std::distance(begin(all), end(all)));
    }

    std::string folder_;
    std::string path_;
};

TEST_F(FileChangeTest, RestoredUnlessKept) {
    { const auto change = FileChange::write(path_, "one", Existing::refuse); }
    EXPECT_FALSE(text_or_nothing(path_));
    {
        auto change = FileChange::write(path_, "one", Existing::refuse);
        change.keep();
    }
    EXPECT_EQ(text_or_nothing(path_), "one");
    {
        const auto change = FileChange::write(path_, "two", Existing::replace);
        EXPECT_EQ(text_or_nothing(path_), "two");
    }
    EXPECT_EQ(text_or_nothing(path_), "one");
    {
        const auto change = FileChange::remove(path_);
        EXPECT_FALSE(text_or_nothing(path_));
    }
    EXPECT_EQ(text_or_nothing(path_), "one");
    EXPECT_EQ(files(), 1U);
}

TEST_F(FileChangeTest, RefusesToOverwrite) {
    write_text(path_, "one", Existing::refuse);
    EXPECT_THROW(FileChange::write(path_, "two", Existing::refuse), Error);
    EXPECT_EQ(text_or_nothing(path_), "one");
    EXPECT_THROW(FileChange::remove(folder_ + "/nobody.toml"), Error);
    EXPECT_THROW(write_text(folder_ + "/no/such/folder.toml", "x", Existing::replace), Error);
    EXPECT_EQ(files(), 1U);
}

TEST_F(FileChangeTest, ModeAndLinkStay) {
    write_text(path_, "one", Existing::refuse);
    ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
    const std::string link = folder_ + "/link.toml";
    std::filesystem::create_symlink("acme.toml", link);
    write_text(link, "two", Existing::replace);
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_EQ(text_or_nothing(path_), "two");
    EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
}

}  // namespace
}  // namespace nvi::tenants
