// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// The names of inhaul's own units, and of the files that systemd reads for them.
namespace inhaul::config {

/// The units that poll for the apps of an account. They belong to the system's manager, or to the
/// account's own user manager.
class OwnUnits {
public:
    /// The units that root manages for this account, such as inhaul@deploy.service.
    [[nodiscard]] static OwnUnits of_account(std::string_view account);
    /// The units of the account's own manager, such as inhaul.service.
    [[nodiscard]] static OwnUnits of_own_manager();
    /// The units for the settings in this directory: /etc/inhaul/ACCOUNT, or one of the account.
    [[nodiscard]] static OwnUnits for_settings(const std::filesystem::path& directory);

    [[nodiscard]] std::string agent() const;          ///< inhaul@deploy.service
    [[nodiscard]] std::string timer() const;          ///< inhaul-once@deploy.timer
    [[nodiscard]] std::string timer_service() const;  ///< inhaul-once@deploy.service

    /// Returns the file of a unit as it is installed: inhaul@.service for inhaul@deploy.service.
    [[nodiscard]] std::string file_of(std::string_view unit) const;
    /// Returns `sudo systemctl VERB UNIT` or `systemctl --user VERB UNIT`, without `.service`.
    /// `unit` may be empty.
    [[nodiscard]] std::string command(std::string_view verb, std::string_view unit = {}) const;

    /// Returns the directory with the drop-ins of a unit of the system's manager. `etc`: /etc.
    [[nodiscard]] static std::filesystem::path drop_ins(const std::filesystem::path& etc,
                                                        std::string_view unit);
    /// Returns the drop-in with the permissions of the unit for an app.
    [[nodiscard]] static std::filesystem::path drop_in(const std::filesystem::path& etc,
                                                       std::string_view unit, std::string_view app);

    /// Returns the link that systemd creates for an enabled timer. `user_config`: ~/.config of the
    /// account, for its own manager.
    [[nodiscard]] std::filesystem::path enabled_timer(
        const std::filesystem::path& user_config) const;

private:
    explicit OwnUnits(std::string instance) : instance_(std::move(instance)) {}
    std::string instance_;  ///< @deploy; "" for the account's own manager
};

}  // namespace inhaul::config
