#include "starting.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "console.hpp"
#include "on_behalf.hpp"
#include "pass_on.hpp"

namespace inhaul::cli {
bool repository_answers(const setup::Seat& seat, const Settings& settings) {
    const auto answer = head_on_behalf(seat, settings.app.text());
    return answer && std::holds_alternative<NewHead>(answer->what);
}

bool answers_in_time(const setup::Seat& seat, const Settings& settings, const Person& person) {
    for (bool asked = false;; asked = true) {
        if (asked || !person.present()) {
            const auto answer = head_on_behalf(seat, settings.app.text());
            if (!answer)
                print_error(answer.error());
            else if (const auto* trouble = std::get_if<CannotTell>(&answer->what))
                print_error(Error{.message = trouble->message, .hint = trouble->hint});
            else
                return true;
        }
        const auto said = person.ask(fmt::format(
            "\n{} cannot read the repository yet. Enter: look again; s: leave it for later",
            seat.account.name));
        if (!said || !said->empty()) return false;
    }
}

Result<ExitCode> run_on_behalf(const setup::Seat& seat, std::vector<std::string> words) {
    const auto passed = TRY(pass_on(TRY(own_command(seat, std::move(words))), deploying_deadline,
                                    print_line_of_another));
    if (passed.interrupted) return fail(ErrorCode::failed, "interrupted");
    return passed.code;
}

}  // namespace inhaul::cli
