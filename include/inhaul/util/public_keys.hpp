// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <inhaul/util/result.hpp>

/// Checks files of public keys. ssh-keygen and gpg report a damaged file as a bad signature.
/// Each function fails with `configuration` for an empty or damaged file. The hint repairs it.
namespace inhaul::public_keys {

/// Checks the allowed signers of ssh-keygen(1): each line names signers and a whole key.
[[nodiscard]] Result<void> check_signers(const std::filesystem::path& file);

/// Checks revoked keys: a revocation list of ssh-keygen(1), or a key on each line. Comments alone
/// are valid. An empty file is not: the list could be lost.
[[nodiscard]] Result<void> check_revoked(const std::filesystem::path& file);

/// Returns the hint with the command that exports OpenPGP keys to the file.
[[nodiscard]] std::string export_openpgp_hint(const std::filesystem::path& file);
/// Checks exported OpenPGP keys, binary or armored.
[[nodiscard]] Result<void> check_openpgp(const std::filesystem::path& file);

}  // namespace inhaul::public_keys
