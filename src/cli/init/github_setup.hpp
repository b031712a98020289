#pragma once

#include <string>

#include <inhaul/settings.hpp>
#include <inhaul/setup/installation.hpp>
#include <inhaul/util/secret.hpp>

#include "prompt.hpp"

/// What `inhaul init` has to do in the repository's settings on GitHub, by itself or by a person.
namespace inhaul::cli {

/// A new channel of a relay, at its server: smee and gosmee lead there from `/new`.
[[nodiscard]] Result<std::string> begin_channel(
    const std::string& server, const std::optional<std::filesystem::path>& ca_file);

/// A token that may change the repository's settings.
struct RegistrationToken {
    Secret secret;
    bool kept = false;  ///< the app's own, which need not be allowed to
};

/// The token that may change the repository's settings, if there is one: from that file (`-`:
/// standard input), from the person, or the app's own, which may be allowed to.
[[nodiscard]] Result<std::optional<RegistrationToken>> setup_token(
    const std::string& file, const setup::InstallTarget& target, const Settings& settings,
    const Prompt& prompt);

/// What there is to be registered, and what is known of it.
struct Registering {
    const setup::InstallTarget& target;
    const Settings& settings;
    const std::optional<RegistrationToken>& token;
    bool answers = false;       ///< the repository does already: with its key all is well
    bool new_secret = false;    ///< the webhook's was made just now
    bool new_settings = false;  ///< or the file that names the relay has changed
};

/// What is left to a person.
struct Left {
    bool key = false;
    bool webhook = false;
};

/// Registers the deploy key and the webhook with the token, and tells of what is left to a person
/// exactly what to fill in where.
[[nodiscard]] Left register_app(const Registering& what);

/// What of an app is to be deleted there.
struct Unregistering {
    const setup::InstallTarget& target;
    const Settings& settings;
    const std::optional<RegistrationToken>& token;
    bool key = false;
    bool webhook = false;
};

/// Deletes them with the token, and tells of what is left to a person what to delete where; false
/// when GitHub refused one.
[[nodiscard]] bool unregister_app(const Unregistering& what);

}  // namespace inhaul::cli
