#pragma once

#include <filesystem>

#include <inhaul/git/repository.hpp>
#include <inhaul/settings.hpp>

namespace inhaul::git {

/// Reads the token file and gathers what the remote needs. The key is only checked, ssh reads it.
[[nodiscard]] Result<Access> access_for(const Settings& settings);

/// Set for ssh when a key has a passphrase: names the file with it. ssh then runs this program with
/// its question as the only word, and reads the answer from its output.
constexpr auto passphrase_variable = "INHAUL_PASSPHRASE_FILE";

/// A temporary file of known_hosts with GitHub's keys, as GitHub publishes them, and the withdrawn
/// one as revoked for every host. This process removes it when it ends.
[[nodiscard]] Result<std::filesystem::path> github_known_hosts();

}  // namespace inhaul::git
