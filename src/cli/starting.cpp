#include "starting.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include "console.hpp"
#include "on_behalf.hpp"

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds systemctl_deadline{120'000};
/// More than a first deployment may take; it has a deadline of its own.
constexpr Milliseconds command_deadline{24 * 60 * 60'000};

/// What systemctl or loginctl answers; a manager of one's own is found also where no session says
/// where it is.
Result<std::string> answer_of(std::vector<std::string> argv) {
    process::Command command{.argv = std::move(argv), .capture_output = true};
    if (!file::environment("XDG_RUNTIME_DIR"))
        command.environment = {{"XDG_RUNTIME_DIR", fmt::format("/run/user/{}", ::geteuid())}};
    std::string words;
    for (const auto& word : command.argv)
        words += (words.empty() ? "" : " ") + word;
    const auto done = TRY_WITHIN(words, process::run(command, systemctl_deadline));
    if (done.status.success()) return done.output;
    return fail(ErrorCode::failed, fmt::format("{}: {}: {}", words, describe(done.status),
                                               printable(trimmed(done.output), 400)));
}

Result<void> call(std::vector<std::string> argv) {
    (void)TRY(answer_of(std::move(argv)));
    return {};
}

/// Where the units are that belong to this program, when systemd does not look there.
fs::path unit_beside_program(bool personal) {
    const auto program = process::own_executable().value_or(fs::path{});
    return program.parent_path().parent_path() /
           (personal ? "lib/systemd/user/inhaul.service" : "lib/systemd/system/inhaul@.service");
}

}  // namespace

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

Result<void> start_agent(const setup::Seat& seat, bool anew) {
    const auto unit = seat.personal ? std::string{"inhaul.service"}
                                    : fmt::format("inhaul@{}.service", seat.account.name);
    const auto systemctl = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "systemctl");
        if (seat.personal) words.insert(words.begin() + 1, "--user");
        return words;
    };
    std::error_code ignored;
    std::string_view when{"starts with the host"};
    if (seat.personal) {
        const auto lingers = call({"loginctl", "enable-linger", seat.account.name});
        if (!lingers) {
            print_error(
                Error{.message = "the agent ends when you log out: " + lingers.error().message,
                      .hint = "As root: loginctl enable-linger " + seat.account.name});
            when = "starts when you log in";
        }
    }
    if (!call(systemctl({"cat", unit})))
        TRY(call(systemctl({"link", unit_beside_program(seat.personal).string()})));
    const bool running = fs::exists("/run/systemd/system", ignored);
    if (running) {
        const auto changed =
            TRY(answer_of(systemctl({"show", "--value", "--property=NeedDaemonReload", unit})));
        anew = anew || trimmed(changed) == "yes";
        TRY(call(systemctl({"daemon-reload"})));
    }
    TRY(call(systemctl({"enable", unit})));
    if (running) TRY(call(systemctl({anew ? "restart" : "reload-or-restart", unit})));
    print(fmt::format("  {:<16}{} {}{}\n", "agent", unit, running ? "runs, and " : "", when));
    return {};
}

Result<ExitCode> run_on_behalf(const setup::Seat& seat, std::vector<std::string> words) {
    auto command = TRY(own_command(seat, std::move(words)));
    command.capture_output = true;
    const auto done = TRY(process::run(command, command_deadline));
    print_lines(done.output);
    return done.status.signal == 0 ? static_cast<ExitCode>(done.status.code) : ExitCode::failed;
}

}  // namespace inhaul::cli
