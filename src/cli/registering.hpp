#pragma once

#include <string>

#include <inhaul/settings.hpp>
#include <inhaul/util/secret.hpp>

#include "person.hpp"

/// What `inhaul init` has to do in the repository's settings on GitHub, by itself or by a person.
namespace inhaul::cli {

/// A new channel of a relay, at its server: smee and gosmee lead there from `/new`.
[[nodiscard]] Result<std::string> begin_channel(
    const std::string& server, const std::optional<std::filesystem::path>& ca_file);

/// The token that may change the repository's settings, if there is one: from that file (`-`:
/// standard input), from the person, or the app's own, which may be allowed to.
[[nodiscard]] Result<std::optional<Secret>> registering_token(const std::string& file,
                                                              const Settings& settings,
                                                              const Person& person);

/// Registers the webhook, and unless the repository `answers` already the deploy key, with the
/// token; and tells of what is left to a person exactly what to fill in where. True when nothing is
/// left.
[[nodiscard]] bool register_app(const Settings& settings, const std::optional<Secret>& token,
                                bool answers);

}  // namespace inhaul::cli
