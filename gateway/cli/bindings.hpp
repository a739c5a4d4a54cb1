// SPDX-License-Identifier: GPL-2.0-or-later
// What can be bound to a tenant from the command line, as a table: one row a kind of binding. `tenant add`
// and the verbs KIND add, KIND remove and KIND list read it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenants/edit.hpp"
#include "tenants/model.hpp"

namespace nvi::cli {

struct Binding {
    const char* name;   // the option's and the verb's, and the table's in the tenant's file
    const char* form;   // what a person types: "PUBLIC=PRIVATE"
    const char* named;  // what is enough to name one: "PUBLIC"
    const char* help;
    const char* example;
    // The entry as it was typed, for the reader of the files to judge. Throws UsageError where the value does
    // not have the form.
    tenants::Entry (*entry)(const std::string& value);
    // All that the tenant has, each as it would be typed, in the order of its file.
    std::vector<std::string> (*values)(const tenants::Tenant& tenant);
};

enum class BindingKind : uint8_t { host, floating, snat, forward, prefix };
inline constexpr size_t kBindingKinds = 5;

std::span<const Binding> bindings();  // in the order of BindingKind
const Binding& binding(BindingKind kind);

// Whether what was typed means this value: the whole, or the part of it that names it. Addresses and prefixes
// are compared as such, whatever their spelling.
bool means(const std::string& typed, const std::string& value);

// A TOML basic string, and an array of them.
std::string quoted(const std::string& value);
std::string quoted_list(std::span<const std::string> values);
// "a,b" as "a" and "b"; always one part at least.
std::vector<std::string> split(const std::string& text, char separator);

}  // namespace nvi::cli
