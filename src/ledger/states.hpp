#pragma once

#include <optional>
#include <string>

#include <inhaul/deployment.hpp>

namespace inhaul::ledger {

/// A state's data as it stands in the columns of its deployment.
struct StateColumns {
    std::string name;  ///< deployment::name_of
    std::optional<CommitId> target;
    std::optional<bool> restart;
    std::optional<std::string> invocation;
    std::optional<Error> cause;   ///< of a failure, or of a way back
    std::optional<CommitId> bad;  ///< what a way back leads away from
    std::optional<std::string> gate;
    std::optional<std::string> gate_reason;
};

[[nodiscard]] StateColumns columns_of(const deployment::State& state);
/// Nothing when no state has this name, or something that it carries is missing.
[[nodiscard]] std::optional<deployment::State> state_from(const StateColumns& columns);

}  // namespace inhaul::ledger
