// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "child_command.hpp"

namespace inhaul::cli {

/// How root runs a command for the accounts that have the apps.
struct AccountCommand {
    enum class Object {
        app,         ///< one account runs the whole command
        deployment,  ///< likewise; its number is searched in all accounts
        apps,        ///< any number of apps, of one account or of several
    };
    enum class Output {
        unchanged,     ///< one account after the other
        with_account,  ///< likewise, with the account before each app's name
        combined,      ///< one table, or one JSON document
        metrics,       ///< combined in the text format of Prometheus
        one_account,   ///< only one account can run it
    };
    std::string_view name;
    Object object = Object::app;
    Milliseconds deadline = deploying_deadline;
    Output output = Output::unchanged;
    bool removed_apps = false;  ///< includes accounts whose last app was removed
};
/// Returns the rules for a command. Null for a command that root runs for itself only.
[[nodiscard]] const AccountCommand* account_command(std::string_view name);

}  // namespace inhaul::cli
