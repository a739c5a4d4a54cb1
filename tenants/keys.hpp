// SPDX-License-Identifier: GPL-2.0-or-later
// Every key that may stand in the gateway's file and in a tenant's.
#pragma once

#include "tenants/fields.hpp"

namespace nvi::tenants {

const Table<Gateway>& gateway_keys();
const Table<Tenant>& tenant_keys();

}  // namespace nvi::tenants
