#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgit2.hpp"

/// The entries of a git configuration that share a first section.
namespace inhaul::git {

struct ConfigEntry {
    /// Without the prefix that was asked for.
    std::string name;
    /// Nothing where the key has no value, which git takes for true.
    std::optional<std::string> value;

    /// As git reads a boolean; a value that is none is false.
    [[nodiscard]] bool is_true() const;
};

/// Those whose names begin with `prefix` and end with `suffix`, in git's order; both are removed
/// from the names. libgit2's own search by a pattern is not used: before 1.8 it leaks 20 kB for
/// each entry that does not match.
[[nodiscard]] Result<std::vector<ConfigEntry>> config_entries(git_config* config,
                                                              std::string_view prefix,
                                                              std::string_view suffix = {});

}  // namespace inhaul::git
