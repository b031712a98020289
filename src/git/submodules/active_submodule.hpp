#pragma once

#include <git/repository/libgit2.hpp>
#include "gitmodules.hpp"

namespace inhaul::git {

/// Whether a submodule is one for a person's git to update (gitsubmodules(7)): false when it was
/// switched off (`submodule.NAME.active`, `submodule.active`, `submodule.NAME.update = none`), or
/// when HEAD has it and it was never initialised. What a commit brings that HEAD has not is wanted,
/// and so is one whose files are there (`populated`).
[[nodiscard]] Result<bool> is_active(git_repository* repository, const Submodule& submodule,
                                     bool populated);

}  // namespace inhaul::git
