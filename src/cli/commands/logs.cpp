// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/process.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/accounts/each_account.hpp>
#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {

ExitCode logs(const GlobalOptions& global, const LogsOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    // An app has a log even if its settings file is broken or removed.
    const auto owner = ::geteuid() == 0 && !global.config
                           ? app_of_account(options.app, "logs")
                           : Result<std::optional<AppOfAccount>>{std::nullopt};
    if (!owner) return report(owner.error());
    const auto own = *owner ? (*owner)->app : own_name(global, options.app);
    if (!own) return report(own.error());
    const auto name = AppName::parse(*own);
    if (!name) return report(invalid_app_name(options.app));
    const auto app = found->app(name->text());
    if (!app && app.error().code == ErrorCode::usage && ::geteuid() != 0) print_error(app.error());
    std::vector<std::string> argv{"journalctl", "--output=short-iso", "INHAUL_APP=" + name->text()};
    // Root reads the logs of all accounts, other accounts only their own.
    if (::geteuid() != 0) argv.push_back(fmt::format("_UID={}", ::geteuid()));
    if (*owner) argv.push_back(fmt::format("_UID={}", (*owner)->uid));
    if (options.follow) argv.emplace_back("--follow");
    if (!options.since.empty()) argv.push_back("--since=" + options.since);
    argv.push_back(fmt::format("--lines={}", options.lines));
    auto error = process::exec_program(argv);
    if (error.hint.empty())
        error.hint =
            "inhaul logs reads the systemd journal. Install systemd, or read the log of your "
            "service manager.";
    return report(error);
}

}  // namespace inhaul::cli
