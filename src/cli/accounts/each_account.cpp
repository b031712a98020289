// SPDX-License-Identifier: Apache-2.0
#include "each_account.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <inhaul/publish/metrics.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/context.hpp>
#include <cli/init/run_as.hpp>
#include <cli/output/console.hpp>
#include <cli/output/merge.hpp>
#include <cli/output/status_view.hpp>
#include "account_commands.hpp"
#include "app_accounts.hpp"
#include "app_owners.hpp"
#include "child_command.hpp"

namespace inhaul::cli {
namespace {

using Object = AccountCommand::Object;
using Output = AccountCommand::Output;

/// A request with the rules for its command.
struct AccountRequest : Request {
    const AccountCommand* rules;
};

/// An account, and its part of the request.
struct AccountShare {
    const AppAccount* whose;
    std::vector<std::string> apps;
};
using Parts = std::vector<AccountShare>;

Result<process::Command> command_for(const AppAccount& whose, std::vector<std::string> words) {
    return command_as(whose.account, whose.places, std::move(words));
}

/// Fails unless exactly one account has a deployment with this number.
Result<const AppAccount*> owner_of_number(const std::vector<AppAccount>& all,
                                          const Request& request) {
    const auto& number = request.rest.front();
    if (number.find('/') != std::string::npos) return owner_of(all, number, request);
    std::vector<const AppAccount*> found;
    for (const auto& app_account : all) {
        if (!app_account.has_ledger) continue;
        const auto code =
            TRY(run_silently(TRY(command_for(app_account, {"show", "--json", number}))));
        if (code == ExitCode::done) found.push_back(&app_account);
    }
    if (found.size() == 1) return found.front();
    if (found.empty())
        return fail(ErrorCode::usage, fmt::format("no deployment {}", printable(number)),
                    "To list the deployments, run: " + inhaul_command("history"));
    return fail(ErrorCode::usage, fmt::format("several accounts have a deployment {}", number),
                hint_for_owners(found, number, request));
}

/// Returns each account with the named apps, or all accounts if no app is named.
Result<Parts> parts_of(const std::vector<AppAccount>& all, const AccountRequest& request) {
    Parts parts;
    for (const auto& name : request.apps) {
        auto owners = TRY(owners_of(all, name));
        // The history stays when an app is removed.
        if (owners.empty() && request.rules->removed_apps)
            for (const auto& app_account : all)
                owners.push_back(&app_account);
        else if (owners.size() != 1)
            owners = {TRY(owner_of(all, name, request))};
        for (const auto* const owner : owners) {
            auto part = std::find_if(parts.begin(), parts.end(), [&](const AccountShare& known) {
                return known.whose == owner;
            });
            if (part == parts.end()) part = parts.insert(parts.end(), AccountShare{owner, {}});
            part->apps.push_back(name);
        }
    }
    if (request.apps.empty())
        for (const auto& app_account : all)
            if (!app_account.apps.empty() || request.rules->removed_apps)
                parts.push_back({&app_account, {}});
    return parts;
}

/// For the errors of a child.
std::string intent_of(const AppAccount& whose, const Request& request) {
    return fmt::format("inhaul {} as {}", request.command, printable(whose.account.name));
}

std::vector<std::string> words_for(const AccountShare& part, const AccountRequest& request) {
    auto own = request;
    own.apps = part.apps;
    return own.words();
}

bool has_option(const AccountRequest& request, std::string_view option) {
    return std::find(request.options.begin(), request.options.end(), option) !=
           request.options.end();
}

Result<ExitCode> as_one(const AppAccount& whose, const AccountRequest& request) {
    return TRY_WITHIN(intent_of(whose, request),
                      pass_on(TRY(command_for(whose, request.words())), request.rules->deadline,
                              print_line_of_another))
        .code;
}

Result<ExitCode> for_one(const std::vector<AppAccount>& all, const AccountRequest& request) {
    if (request.rules->object == Object::deployment)
        return as_one(*TRY(owner_of_number(all, request)), request);
    return as_one(*TRY(owner_of(all, request.apps.front(), request)), request);
}

/// Runs the command for one account after the other. `change` converts each line of output.
template <class Change>
Result<ExitCode> one_after_another(const Parts& parts, const AccountRequest& request,
                                   const Change& change) {
    auto code = ExitCode::done;
    for (const auto& part : parts) {
        const auto passed =
            TRY_WITHIN(intent_of(*part.whose, request),
                       pass_on(TRY(command_for(*part.whose, words_for(part, request))),
                               request.rules->deadline, [&](std::string_view line) {
                                   print_line_of_another(change(part.whose->account.name, line));
                               }));
        code = more_severe(code, passed.code);
        if (passed.interrupted) break;
    }
    return code;
}

/// More than any history: a limit for the output of another account's process.
constexpr std::size_t largest_output = 64UL << 20U;

/// The complete output of each account.
struct CombinedOutput {
    std::vector<AccountOutput> outputs;
    ExitCode code = ExitCode::done;
};

Result<CombinedOutput> gathered(const Parts& parts, const AccountRequest& request) {
    CombinedOutput all;
    for (const auto& part : parts) {
        AccountOutput output{part.whose->account.name, {}};
        const auto passed =
            TRY_WITHIN(intent_of(*part.whose, request),
                       pass_on(TRY(command_for(*part.whose, words_for(part, request))),
                               request.rules->deadline, [&](std::string_view line) {
                                   if (output.text.size() < largest_output) output.text += line;
                               }));
        all.outputs.push_back(std::move(output));
        all.code = more_severe(all.code, passed.code);
        if (passed.interrupted) break;
    }
    return all;
}

Result<ExitCode> together(const Parts& parts, const AccountRequest& request) {
    const auto all = TRY(gathered(parts, request));
    if (request.rules->output == Output::metrics) {
        std::vector<std::string> texts;
        for (const auto& output : all.outputs)
            texts.push_back(output.text);
        print(publish::merged_metrics(texts));
        return all.code;
    }
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    std::optional<std::size_t> limit;
    if (request.rules->removed_apps)
        limit = limit_in(request.options).value_or(HistoryOptions{}.limit);
    print(has_option(request, "--json") ? merged_json(all.outputs, limit)
                                        : merged_text(all.outputs, limit, terminal));
    return all.code;
}

/// A page, and a notification target with this name, are about one account.
Result<ExitCode> for_one_account(const Parts& parts, const AccountRequest& request) {
    if (parts.size() == 1) return as_one(*parts.front().whose, request);
    std::vector<std::string> names;
    for (const auto& part : parts)
        names.push_back(part.whose->account.name);
    return fail(
        ErrorCode::usage,
        fmt::format("{}: an account is missing; {} accounts have apps: {}", request.command,
                    names.size(), fmt::join(names, ", ")),
        fmt::format("For one account, run: sudo -u {} inhaul {}", names.front(), request.line()));
}

/// Shows the output again and again. `shown` returns the text of all accounts.
template <class Shown>
Result<ExitCode> watched(const Parts& parts, AccountRequest request, const Shown& shown) {
    std::erase(request.options, "--watch");
    return keep_showing(
        [&]() -> Result<std::string> { return shown(TRY(gathered(parts, request)).outputs); });
}

/// The child of `once` has neither the terminal nor the environment of this process.
AccountRequest with_origin(AccountRequest request) {
    if (request.command == "once")
        request.options.push_back(fmt::format("--by={}", who_runs_once()));
    return request;
}

/// For the account that owns the state of --config and --state. Its output has no account names.
Result<ExitCode> for_owner(const AppAccount& owner, const AccountRequest& request) {
    if (!has_option(request, "--watch")) return as_one(owner, with_origin(request));
    return watched({{&owner, request.apps}}, request,
                   [](const std::vector<AccountOutput>& all) { return all.front().text; });
}

/// Reports settings that no account deploys, if the request is about all apps.
ExitCode report_unowned_settings(const AccountRequest& request) {
    auto code = ExitCode::done;
    if (!request.apps.empty() || request.rules->removed_apps) return code;
    for (const auto& directory : settings_without_account()) {
        print_error(Error{
            .message = fmt::format("{}: no account has this name", printable(directory.string())),
            .hint = "Rename the directory to the name of the account that deploys its apps."});
        code = ExitCode::configuration;
    }
    return code;
}

Result<ExitCode> by_command(const Parts& parts, const AccountRequest& request);

Result<ExitCode> for_many(const std::vector<AppAccount>& all, const AccountRequest& request) {
    const auto parts = TRY(parts_of(all, request));
    const auto code = report_unowned_settings(request);
    if (parts.empty())
        return fail(ErrorCode::configuration, "no account on this host has an app",
                    "To set up an app, run: sudo inhaul init DIRECTORY");
    return more_severe(code, TRY(by_command(parts, request)));
}

Result<ExitCode> by_command(const Parts& parts, const AccountRequest& request) {
    const auto as_it_is = [](const std::string&, std::string_view line) {
        return std::string{line};
    };
    const auto with_account = [](const std::string& account, std::string_view line) {
        const bool names_app = !line.empty() && line.front() != ' ' && line.front() != '\n';
        return (names_app ? account + "/" : std::string{}) + std::string{line};
    };
    auto own = with_origin(request);
    if (request.command == "notify" && parts.size() > 1) own.options.emplace_back("--if-any");
    const bool names_target = request.command == "notify" && !request.rest.empty();
    if (has_option(request, "--watch"))
        return watched(parts, request, [](const std::vector<AccountOutput>& all) {
            return merged_text(all, std::nullopt, true);
        });
    const auto output = request.rules->output;
    if (output == Output::one_account || names_target) return for_one_account(parts, request);
    if (output == Output::unchanged) return one_after_another(parts, own, as_it_is);
    if (output == Output::with_account && !has_option(request, "--json"))
        return one_after_another(parts, own, with_account);
    return together(parts, request);
}

/// For --config and --state: returns the account that owns the state, unless that is root. Root
/// writes nothing there. Fails if other accounts could change the settings or the state.
Result<std::optional<AppAccount>> account_of_state(const GlobalOptions& global) {
    auto places = config::places(global.config, global.state);
    if (!places) return std::nullopt;
    auto state = guard::open(places->state);
    if (!state && state.error().code == ErrorCode::not_found) return std::nullopt;
    auto owner = TRY(std::move(state)).owner;
    (void)TRY(guard::open_nearest(places->settings, owner.uid));
    if (owner.uid == 0) return std::nullopt;
    return AppAccount{std::move(owner), std::move(*places), {}};
}

}  // namespace

std::optional<ExitCode> carry_out_for_accounts(const GlobalOptions& global,
                                               const Request& command_line) {
    const AccountRequest request{command_line, account_command(command_line.command)};
    // A unit of root uses root's own settings only.
    if (::geteuid() != 0 || file::environment("STATE_DIRECTORY") || request.rules == nullptr)
        return std::nullopt;
    const bool one = request.rules->object != Object::apps;
    if (global.config || global.state) {
        const auto app_account = account_of_state(global);
        if (!app_account) return report(app_account.error());
        if (!*app_account) return std::nullopt;
        const auto code = for_owner(**app_account, request);
        return code ? *code : report(code.error());
    }
    const auto all = app_accounts();
    if (has_only_own(all) && (one || !all.empty() || has_own_settings(global))) return std::nullopt;
    const auto code = one ? for_one(all, request) : for_many(all, request);
    return code ? *code : report(code.error());
}

Result<std::optional<AppOfAccount>> app_of_account(const std::string& name,
                                                   const std::string& command) {
    const auto all = app_accounts();
    const auto app = name.substr(name.find('/') + 1);  // npos + 1 is 0
    const auto owners = TRY(owners_of(all, name));
    if (owners.empty()) return std::nullopt;
    return AppOfAccount{TRY(owner_of(all, name, {command, {}, {name}, {}}))->account.uid, app};
}

}  // namespace inhaul::cli
