#include "access.hpp"

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/text.hpp>

#include "console.hpp"
#include "on_behalf.hpp"

namespace inhaul::cli {
namespace {

bool is_over_ssh(const std::string& repository) {
    const bool url = repository.find("://") != std::string::npos;
    return repository.starts_with("ssh://") || (!url && repository.find('@') != std::string::npos);
}

}  // namespace

Result<bool> needs_key(const setup::Seat& seat, const setup::NewApp& app) {
    const bool url = app.repository.find("://") != std::string::npos;
    const bool path = app.repository.starts_with('/') || app.repository.starts_with("~/");
    if (app.token_file || path || (url && !is_over_ssh(app.repository))) return false;
    const auto answer = TRY(head_on_trial(seat, app));
    return !std::holds_alternative<NewHead>(answer.what);
}

bool reads_with_own_key(const setup::Seat& seat, setup::NewApp app, const std::string& remote) {
    const bool on_github = setup::repository_from(remote) != remote;
    if (app.token_file || !on_github || !is_over_ssh(remote)) return false;
    app.repository = remote;
    const auto answer = head_on_trial(seat, std::move(app));
    return answer && std::holds_alternative<NewHead>(answer->what);
}

Result<void> name_ssh_config(const setup::Seat& seat, setup::NewApp& app) {
    const auto acting = TRY(account::ActingAs::account(seat.account));
    app.ssh_config = config::ssh_config_for(app.repository, seat.account.home);
    if (app.ssh_config)
        print(
            fmt::format("{} names a host that only {} knows: the settings name it as "
                        "auth.ssh_config\n",
                        printable(app.repository), printable(app.ssh_config->string())));
    return {};
}

}  // namespace inhaul::cli
