#pragma once

#include <filesystem>

namespace inhaul::git {

/// Copies from a damaged repository the objects that nothing names any more, such as a dropped
/// stash or what was only ever staged: git keeps them for weeks, so that they can be found again.
/// What leads to an object that cannot be read is left behind: it would be damage in the new
/// repository too. True when nothing is left behind.
[[nodiscard]] bool take_unnamed(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace inhaul::git
