// SPDX-License-Identifier: GPL-2.0-or-later
// Every key that may stand in the gateway's file and in a tenant's.
#pragma once

#include <initializer_list>

#include "tenants/fields.hpp"

namespace nvi::tenants {

const Table<Gateway>& gateway_keys();
const Table<Tenant>& tenant_keys();
const Table<Overlay>& overlay_keys();
// Of these only.
Shape overlay_types(std::initializer_list<OverlayType> types);

}  // namespace nvi::tenants
