#pragma once

#include <string>
#include <vector>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// The words that run `git-upload-pack` for the access's ssh:// URL on the other host, without a
/// shell on this one. An error for a host, user or path that could be taken for something else.
[[nodiscard]] Result<std::vector<std::string>> ssh_command(const Access& access);

/// What ssh's standard error means for an operator.
[[nodiscard]] Error ssh_error(const Access& access, const std::string& said);

}  // namespace inhaul::git
