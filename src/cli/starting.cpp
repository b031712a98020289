#include "starting.hpp"

#include <algorithm>

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
constexpr std::size_t longest_line = 2000;

/// systemctl or loginctl; a manager of one's own is found also where no session says where it is.
Result<std::string> call(std::vector<std::string> argv) {
    process::Command command{.argv = std::move(argv), .capture_output = true};
    if (!file::environment("XDG_RUNTIME_DIR"))
        command.environment = {{"XDG_RUNTIME_DIR", fmt::format("/run/user/{}", ::geteuid())}};
    std::string words;
    for (const auto& word : command.argv)
        words += (words.empty() ? "" : " ") + word;
    const auto done = TRY_WITHIN(words, process::run(command, systemctl_deadline));
    if (done.status.success()) return {};
    return fail(ErrorCode::failed, fmt::format("{}: {}: {}", words, describe(done.status),
                                               printable(trimmed(done.output), 400)));
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
        std::vector<std::string> argv{"systemctl"};
        if (seat.personal) argv.emplace_back("--user");
        argv.insert(argv.end(), words.begin(), words.end());
        return call(std::move(argv));
    };
    std::error_code ignored;
    if (seat.personal) (void)TRY(call({"loginctl", "enable-linger", seat.account.name}));
    if (!systemctl({"cat", unit}))
        (void)TRY(systemctl({"link", unit_beside_program(seat.personal).string()}));
    const bool running = fs::exists("/run/systemd/system", ignored);
    if (running) {
        const auto changed =
            TRY(systemctl({"show", "--value", "--property=NeedDaemonReload", unit}));
        anew = anew || trimmed(changed) == "yes";
        (void)TRY(systemctl({"daemon-reload"}));
    }
    (void)TRY(systemctl({"enable", unit}));
    if (running) (void)TRY(systemctl({anew ? "restart" : "reload-or-restart", unit}));
    print(fmt::format("  {:<16}{} {}\n", "agent", unit,
                      running ? "runs, and starts with the host" : "starts with the host"));
    return {};
}

Result<ExitCode> run_on_behalf(const setup::Seat& seat, std::vector<std::string> words) {
    auto command = TRY(own_command(seat, std::move(words)));
    command.capture_output = true;
    const auto done = TRY(process::run(command, command_deadline));
    std::string_view rest{done.output};
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        print(printable(line, longest_line) + "\n");
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
    return done.status.signal == 0 ? static_cast<ExitCode>(done.status.code) : ExitCode::failed;
}

}  // namespace inhaul::cli
