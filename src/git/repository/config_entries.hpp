// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgit2.hpp"

/// Entries of a git configuration, found by a prefix of their names.
namespace inhaul::git {

struct ConfigEntry {
    /// Without the prefix and suffix of the search.
    std::string name;
    /// Nothing if the key has no value, which git reads as true.
    std::optional<std::string> value;

    /// Returns the value as git reads a boolean; false if it is not one.
    [[nodiscard]] bool is_true() const;
};

/// Returns the entries whose names begin with `prefix` and end with `suffix`, in git's order.
/// Removes both from the names. Does not use libgit2's own search by a pattern. Before 1.8, the
/// search leaks 20 kB for each entry that does not match.
[[nodiscard]] Result<std::vector<ConfigEntry>> config_entries(git_config* config,
                                                              std::string_view prefix,
                                                              std::string_view suffix = {});

}  // namespace inhaul::git
