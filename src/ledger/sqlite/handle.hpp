// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <inhaul/util/handle.hpp>

namespace inhaul::ledger {

using StatementHandle = Handle<sqlite3_stmt, sqlite3_finalize>;
using DatabaseHandle = Handle<sqlite3, sqlite3_close_v2>;

}  // namespace inhaul::ledger
