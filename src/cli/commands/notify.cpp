// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/report/mail_child.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/secret.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

Result<std::vector<report::NamedTarget>> chosen_targets(const Context& context,
                                                        const std::string& name) {
    const auto& loaded = context.loaded;
    auto targets = report::targets_of(loaded.account.value_or(AccountSettings{}), loaded.apps);
    const auto file = (context.places.settings / config::account_file).string();
    if (!loaded.account)
        return fail(ErrorCode::configuration, fmt::format("the settings in {} are invalid", file),
                    "Run: " + inhaul_command("check"));
    if (targets.empty())
        return fail(
            ErrorCode::configuration,
            "no notification target in the settings of this account or its apps",
            fmt::format("Add a table [notify.NAME] to {}. To show its keys, run: man inhaul.toml",
                        file));
    if (name.empty()) return targets;
    std::vector<std::string_view> names;
    for (const auto& target : targets) {
        if (target.name == name) return std::vector{target};
        names.push_back(target.name);
    }
    const auto similar = nearest(name, names);
    return fail(ErrorCode::usage, fmt::format("no notification target {}", printable(name)),
                similar ? fmt::format("Did you mean {}?", *similar)
                        : fmt::format("The targets are: {}.", fmt::join(names, ", ")));
}

/// The target works again, whatever its server answered.
Result<void> enable(const config::Places& places, const std::string& target) {
    const auto reader = TRY(ledger::open_to_read(places.state, system_clock()));
    if (!reader || TRY(reader->target(target)).value_or(ledger::TargetState{}).gone.empty())
        return {};
    const auto ledger = TRY(ledger::open(places.state, system_clock()));
    auto state = TRY(ledger->target(target));
    if (!state) return {};
    state->gone.clear();
    return ledger->save_target(target, *state);
}

/// Sends to one target after the other.
Result<bool> test(const Context& context, const std::string& name) {
    const auto targets = TRY(chosen_targets(context, name));
    const auto id = TRY(fresh_secret()).reveal().substr(0, 32);
    bool all_sent = true;
    for (const auto& target : targets) {
        const auto sending = TRY(wiring::make_sender(context.places));
        std::optional<report::TestResult> result;
        report::send_test(*sending->transport, target, wiring::this_origin(), id, system_clock(),
                          [&](report::TestResult tested) { result = std::move(tested); });
        while (!result)
            sending->loop.run_once(std::nullopt);
        const auto* const good = target.github ? "works" : "sent";
        const auto* const bad = target.github ? "does not work" : "not sent";
        print(fmt::format("{} ({}): {}: {}\n", target.name, to_string(target.target.type),
                          result->sent ? good : bad, result->message));
        if (result->sent) TRY(enable(context.places, target.name));
        all_sent = all_sent && result->sent;
    }
    return all_sent;
}

}  // namespace

ExitCode notify(const GlobalOptions& global, const NotifyOptions& options) {
    if (!options.test)
        return report(Error{ErrorCode::usage, "notify: --test is missing",
                            "Run: " + inhaul_command("notify --test")});
    const auto found = context(global);
    if (!found) return report(found.error());
    if (options.if_any && found->loaded.account &&
        report::targets_of(*found->loaded.account, found->loaded.apps).empty())
        return ExitCode::done;
    const auto sent = test(*found, options.target);
    if (!sent) return report(sent.error());
    return *sent ? ExitCode::done : ExitCode::failed;
}

/// Runs as a child of the agent: reads a mail from standard input, sends it, and prints the result.
ExitCode mail() {
    const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
    const auto message = report::parse_message(text);
    if (!message) return report(message.error());
    print(report::format_reply(mail::send(*message)) + "\n");
    return ExitCode::done;
}

}  // namespace inhaul::cli
