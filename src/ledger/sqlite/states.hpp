// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/deployment.hpp>

namespace inhaul::ledger {

/// A state's data in the columns of its deployment.
struct StateColumns {
    std::string name;  ///< deployment::name_of
    std::optional<CommitId> target;
    std::optional<bool> restart;
    std::optional<std::string> invocation;
    std::optional<Error> cause;   ///< of a failure or a rollback
    std::optional<CommitId> bad;  ///< the failed commit of a rollback
    std::optional<std::string> gate;
    std::optional<std::string> gate_reason;
};

[[nodiscard]] StateColumns columns_of(const deployment::State& state);
/// Returns nothing if no state has this name, or a value is missing.
[[nodiscard]] std::optional<deployment::State> state_from(const StateColumns& columns);

}  // namespace inhaul::ledger
