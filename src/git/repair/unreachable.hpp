// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace inhaul::git {

/// Copies unreachable objects from a damaged repository, such as a dropped stash or staged content.
/// Git keeps them for weeks, so that users can recover them. Leaves out objects that refer to an
/// unreadable one, which would be damage in the new repository. Returns true if nothing was left
/// out.
[[nodiscard]] bool copy_unreachable(const std::filesystem::path& from,
                                    const std::filesystem::path& to);

}  // namespace inhaul::git
