// SPDX-License-Identifier: Apache-2.0
#include "fetch_check.hpp"

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include <inhaul/util/url.hpp>

#include "run_as.hpp"

namespace inhaul::cli {
namespace {

bool is_over_ssh(const std::string& repository) {
    const auto url = Url::split(repository);
    return url ? url->scheme == "ssh" : ScpAddress::split(repository).has_value();
}

}  // namespace

Result<bool> needs_key(const setup::InstallTarget& target, const setup::NewApp& app) {
    const bool url = Url::split(app.repository).has_value();
    const bool path = app.repository.starts_with('/') || app.repository.starts_with("~/");
    if (app.token_file || path || (url && !is_over_ssh(app.repository))) return false;
    const auto answer = TRY(head_for_unsaved_settings(target, app));
    return !std::holds_alternative<NewHead>(answer.what);
}

bool reads_with_own_key(const setup::InstallTarget& target, setup::NewApp app,
                        const std::string& remote) {
    const bool on_github = setup::repository_from(remote) != remote;
    if (app.token_file || !on_github || !is_over_ssh(remote)) return false;
    app.repository = remote;
    const auto answer = head_for_unsaved_settings(target, std::move(app));
    return answer && std::holds_alternative<NewHead>(answer->what);
}

Result<void> name_ssh_config(const setup::InstallTarget& target, setup::NewApp& app) {
    const auto acting = TRY(account::ActingAs::account(target.account));
    app.ssh_config = config::ssh_config_for(app.repository, target.account.home);
    if (app.ssh_config)
        print(fmt::format(
            "{} uses a host alias of {}: the settings name this file as auth.ssh_config\n",
            printable(app.repository), printable(app.ssh_config->string())));
    return {};
}

}  // namespace inhaul::cli
