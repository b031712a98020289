#pragma once

#include <filesystem>

#include "library.hpp"

namespace inhaul::git {

/// Takes along what a damaged repository alone has: its refs (a person's branches and tags, the
/// stash, what was deployed), the reflogs, and all their objects, as far as these can be read. What
/// is in `to` already stays. True when all of it could be taken.
[[nodiscard]] bool take_belongings(const std::filesystem::path& from,
                                   const std::filesystem::path& to);

}  // namespace inhaul::git
