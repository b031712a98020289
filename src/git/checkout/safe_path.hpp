#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inhaul::git {

/// Why a path of a commit must not be written, in words; nothing for one that may. Refused is what
/// `git reset --hard` refuses too: parts that are empty, `.` or `..`, and those that some file
/// system takes for `.git`, in any case and with what Windows and macOS ignore in a name. A path
/// that is longer than the system takes is refused as well, a link called `.gitmodules`, and the
/// one name beside `.git` that is ours.
[[nodiscard]] std::optional<std::string> unsafe_path(std::string_view path, bool is_link);

}  // namespace inhaul::git
