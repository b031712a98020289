// SPDX-License-Identifier: Apache-2.0
#include "agent_start.hpp"

#include <fmt/format.h>

#include <inhaul/setup/agent_units.hpp>
#include <inhaul/util/text.hpp>

#include <cli/accounts/child_command.hpp>
#include <cli/output/console.hpp>
#include "run_as.hpp"

namespace inhaul::cli {

bool can_read_repository(const setup::InstallTarget& target, const Settings& settings) {
    const auto answer = head_as(target, settings.app.text());
    return answer && std::holds_alternative<NewHead>(answer->what);
}

bool wait_for_repository(const setup::InstallTarget& target, const Settings& settings,
                         const Prompt& prompt) {
    for (bool retry = false;; retry = true) {
        if (retry || !prompt.present()) {
            const auto answer = head_as(target, settings.app.text());
            if (!answer)
                print_error(answer.error());
            else if (const auto* poll_error = std::get_if<PollError>(&answer->what))
                print_error(Error{.message = poll_error->message, .hint = poll_error->hint});
            else
                return true;
        }
        const auto reply = prompt.ask(
            fmt::format("\n{} cannot read the repository yet (Enter: try again, s: skip)",
                        target.account.name));
        if (!reply || !reply->empty()) return false;
    }
}

Result<ExitCode> run_as(const setup::InstallTarget& target, std::vector<std::string> words) {
    const auto intent = fmt::format("inhaul {} as {}", words.front(), target.account.name);
    const auto passed = TRY_WITHIN(intent, pass_on(TRY(command_of(target, std::move(words))),
                                                   deploying_deadline, print_line_of_another));
    if (passed.interrupted) return fail(ErrorCode::failed, "interrupted");
    return passed.code;
}

bool keep_manager(const setup::InstallTarget& target, std::string_view otherwise) {
    const auto kept = setup::keep_manager(target);
    if (!kept)
        print_error(
            Error{.message = fmt::format("keep the user manager of {} running: {}",
                                         target.account.name, kept.error().message),
                  .hint = fmt::format("Run: {}\nUntil then, {}.", kept.error().hint, otherwise)});
    return kept.has_value();
}

Result<void> start_agent(const setup::InstallTarget& target, bool restart) {
    const bool at_boot =
        !target.personal || keep_manager(target, "the agent stops when you log out");
    const auto started = TRY(setup::start_agent(target, restart));
    const auto* const now = target.timer ? "polls each minute, and " : "is running, and ";
    print(fmt::format("  {:<16}{} {}starts {}\n", target.timer ? "timer" : "agent", started.unit,
                      started.running ? now : "", at_boot ? "at boot" : "when you log in"));
    return {};
}

}  // namespace inhaul::cli
