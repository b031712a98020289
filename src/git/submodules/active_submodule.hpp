// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <git/repository/libgit2.hpp>
#include "gitmodules.hpp"

namespace inhaul::git {

/// Returns true if `git submodule update` would update the submodule; see gitsubmodules(7). Returns
/// false if it was disabled (`submodule.NAME.active`, `submodule.active`, `submodule.NAME.update =
/// none`), or if HEAD has it and it was never initialised. True for a submodule that HEAD lacks,
/// and for one whose files exist (`populated`).
[[nodiscard]] Result<bool> is_active(git_repository* repository, const Submodule& submodule,
                                     bool populated);

}  // namespace inhaul::git
