// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/setup/doctor.hpp>

#include "status_view.hpp"

/// The output of `--json`: stable keys, times in RFC 3339 UTC, absent values as null.
namespace inhaul::cli {

[[nodiscard]] std::string status_json(const std::vector<AppFacts>& apps);
[[nodiscard]] std::string history_json(const std::vector<ledger::Record>& records,
                                       const std::vector<ledger::Action>& actions);
[[nodiscard]] std::string record_json(const ledger::Record& record);

/// `apps` holds the name and the findings of each app.
[[nodiscard]] std::string doctor_json(
    const std::vector<std::pair<std::string, std::vector<setup::Finding>>>& apps, bool well);

}  // namespace inhaul::cli
