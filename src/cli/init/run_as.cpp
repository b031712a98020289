// SPDX-License-Identifier: Apache-2.0
#include "run_as.hpp"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/forge/git_remote.hpp>
#include <inhaul/util/blame.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/temporary_directory.hpp>
#include <inhaul/util/text.hpp>

#include <cli/commands/checkout.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

/// Two of git's timeouts, and some time for ssh.
constexpr Milliseconds child_deadline{90'000};

constexpr Milliseconds checkout_deadline{20'000};

/// Adds the bus of the account's manager, and the operator's name.
void add_bus_and_operator(const account::Account& account, process::Command& command) {
    std::error_code ignored;
    const auto runtime = account::runtime_directory(account.uid);
    if (fs::is_directory(runtime, ignored))
        command.environment.emplace_back("XDG_RUNTIME_DIR", runtime.string());
    command.environment.emplace_back(
        "SUDO_USER", file::environment("SUDO_USER").value_or(account::current_name()));
}

/// A user ID without an account, as in a container, has no groups.
Result<process::Command> as_account(const account::Account& account,
                                    std::vector<std::string> words) {
    std::vector<std::string> argv;
    const bool another = ::geteuid() == 0 && account.uid != 0;
    const bool known = TRY(account::named(account.name)).has_value();
    if (another)
        argv = {"setpriv", fmt::format("--reuid={}", account.uid),
                fmt::format("--regid={}", account.gid), known ? "--init-groups" : "--clear-groups",
                // Here, because the kernel clears this signal when the user changes.
                "--pdeathsig=KILL", "--"};
    argv.push_back(TRY(process::own_executable()).string());
    argv.insert(argv.end(), words.begin(), words.end());
    process::Command command{.argv = std::move(argv),
                             .environment = {{"HOME", account.home.string()},
                                             {"USER", account.name},
                                             {"LOGNAME", account.name},
                                             {"PATH",
                                              "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                                              "/sbin:/bin"}},
                             .clean_environment = true};
    const auto keep = [&](const char* name) {
        if (const auto value = file::environment(name))
            command.environment.emplace_back(name, *value);
    };
    for (const auto* const name : {"TERM", "NO_COLOR", "LANG", "LC_ALL", "TZ"})
        keep(name);
    if (another) add_bus_and_operator(account, command);
    if (!another)
        for (const auto* const name :
             {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "https_proxy", "http_proxy",
              "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"})
            keep(name);
    return command;
}

/// Returns the standard output of one of our own commands, which is its answer. Without an answer,
/// fails with the end of its standard error.
Result<std::string> answer_of(process::Command command, Milliseconds deadline) {
    command.capture_stdout = true;
    command.capture_stderr = true;
    auto done = TRY(process::run(command, deadline));
    if (!done.output.empty()) return std::move(done.output);
    return fail(ErrorCode::failed,
                fmt::format("{}: {}", process::describe(done.status),
                            done.errors.empty() ? "no answer" : process::end_of(done.errors)));
}

/// A temporary directory of the account. Root does not access it itself.
Result<TemporaryDirectory> directory_of(const account::Account& account) {
    const auto acting = TRY(account::ActingAs::account(account));
    // Not $TMPDIR: the account may have no access to it.
    return TemporaryDirectory::in("/tmp", "inhaul-init-", [account](const fs::path& path) {
        std::error_code ignored;
        if (const auto removing = account::ActingAs::account(account))
            fs::remove_all(path, ignored);
    });
}

Result<void> write_as(const account::Account& account, const fs::path& path,
                      std::string_view content) {
    const auto acting = TRY(account::ActingAs::account(account));
    return file::write_unsynced(path, content, 0600);
}

/// Looks at names only, and opens nothing.
bool is_in_checkout(fs::path directory) {
    std::error_code ignored;
    for (;; directory = directory.parent_path()) {
        if (fs::exists(fs::symlink_status(directory / ".git", ignored))) return true;
        if (!directory.has_relative_path()) return false;
    }
}

}  // namespace

Result<process::Command> command_as(const account::Account& account, const config::Places& places,
                                    std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"--config", places.settings.string(), "--state", places.state.string()});
    return as_account(account, std::move(words));
}

Result<process::Command> command_of(const setup::InstallTarget& target,
                                    std::vector<std::string> words) {
    return command_as(target.account, target.places, std::move(words));
}

Result<ExitCode> run_silently(const process::Command& command) {
    auto quiet = command;
    quiet.capture_output = true;
    const auto done = TRY(process::run(quiet, child_deadline));
    return done.status.signal == 0 ? static_cast<ExitCode>(done.status.code) : ExitCode::failed;
}

Error not_for_root(const fs::path& directory) {
    const auto name = printable(directory.string());
    return {ErrorCode::refused, name + " belongs to root, and inhaul does not deploy as root",
            guard::ownership_hint(directory, "inhaul", "-R")};
}

Result<account::Account> owner_now(const fs::path& directory) {
    struct ::stat info {};
    if (::stat(directory.c_str(), &info) != 0)
        return fail(system_error(errno, "inspect " + printable(directory.string())));
    return account::find_by_uid(info.st_uid, info.st_gid);
}

Result<void> check_path(const fs::path& directory, const setup::InstallTarget& target) {
    auto opened = guard::open_nearest(directory, target.account.uid);
    if (opened) return {};
    auto error = std::move(opened.error());
    std::error_code ignored;
    if (fs::exists(directory, ignored)) return fail(std::move(error));
    // A mistyped directory: the account was not derived from it.
    const auto owner = TRY(owner_now(file::nearest_existing(directory)));
    error.message = fmt::format("{} does not exist, and {} cannot create it safely: {}",
                                printable(directory.string()), target.account.name, error.message);
    if (owner.uid != 0 && owner.uid != target.account.uid && !target.personal)
        error.hint = fmt::format(
            "Check the path. To create it for {0}, run: sudo inhaul init {1} --account {0}",
            owner.name, shell_word(directory.string()));
    return fail(std::move(error));
}

Result<std::optional<git::Checkout>> checkout_as(const fs::path& directory) {
    std::error_code ignored;
    if (!fs::is_directory(directory, ignored) || !is_in_checkout(directory)) return std::nullopt;
    auto guarded = guard::open(directory);
    if (!guarded && TRY(owner_now(directory)).uid == 0) return fail(not_for_root(directory));
    const auto opened = TRY(std::move(guarded));
    auto command = TRY(as_account(opened.owner, {"checkout", directory.string()}));
    command.directory = opened.as_opened();
    auto found = TRY(parse_checkout(TRY_WITHIN("read the checkout " + printable(directory.string()),
                                               answer_of(std::move(command), checkout_deadline))));
    if (!found || !file::is_below(directory, found->directory)) return std::nullopt;
    return found;
}

Result<HeadAnswer> head_as(const setup::InstallTarget& target, const std::string& app) {
    const auto answer = TRY(answer_of(TRY(command_of(target, {"head", app})), child_deadline));
    return forge::parse_answer(answer, system_clock().now());
}

Result<HeadAnswer> head_for_unsaved_settings(const setup::InstallTarget& target,
                                             setup::NewApp app) {
    const auto directory = TRY(directory_of(target.account));
    auto temporary_target = target;
    temporary_target.places = {directory.path(), directory.path() / "state"};
    app.directory = directory.path() / "app";
    app.units.clear();
    app.relay_url = std::nullopt;
    app.secret_file = std::nullopt;
    TRY(write_as(target.account, directory.path() / (app.name + ".toml"),
                 setup::settings_text(app)));
    return head_as(temporary_target, app.name);
}

}  // namespace inhaul::cli
