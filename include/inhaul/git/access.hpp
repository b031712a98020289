// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <inhaul/git/repository.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/secret_files.hpp>

namespace inhaul::git {

/// Returns the access data of the remote, with the token read from its file. The key is only
/// checked: ssh reads it. Fails if any of the files is missing or unsafe.
[[nodiscard]] Result<Access> access_for(const Settings& settings);
/// The same for a caller that polls often: `files` reads the token again only if its file changed.
[[nodiscard]] Result<Access> access_for(const Settings& settings, SecretFiles& files);

/// Environment variable that names the file with the key's passphrase. ssh then runs this program
/// with its prompt as the only argument, and reads the passphrase from its output.
constexpr auto passphrase_variable = "INHAUL_PASSPHRASE_FILE";

/// Returns a temporary known_hosts file. It contains GitHub's published keys, and marks the
/// withdrawn one as revoked for every host. This process removes it at exit.
[[nodiscard]] Result<std::filesystem::path> github_known_hosts();

}  // namespace inhaul::git
