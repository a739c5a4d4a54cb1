// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's files for the verbs.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "gateway/apply/plan.hpp"
#include "gateway/cli/verb.hpp"
#include "tenants/load.hpp"

namespace nvi::cli {

// Something in the files is wrong: exit 2. what() is the whole text for the person, lines and carets
// included, ending with a newline.
class InputError : public std::runtime_error {
  public:
    explicit InputError(const tenants::Diagnostics& diagnostics);
};

// Throws InputError with everything that is wrong.
tenants::Config load_config(const Context& context);
tenants::Gateway load_gateway(const Context& context);
tenants::Tenant load_tenant(const tenants::Gateway& gateway, const std::string& name);
// The one that the first word names; without a word all.
std::vector<tenants::Tenant> chosen_tenants(const Context& context, const Arguments& arguments);

// Where tenants::Index is kept.
std::string index_path();

// load_config() for who compares with the kernel. The memory for what so many tenants have, and shall have,
// is made present at once beforehand: ten thousand need 37,000 pages, whose first touches are faults
// otherwise.
tenants::Config load_config_to_compare(const Context& context);

apply::TenantNames names_of(const tenants::Config& config);

}  // namespace nvi::cli
