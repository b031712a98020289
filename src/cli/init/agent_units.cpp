// SPDX-License-Identifier: Apache-2.0
#include "agent_units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds systemctl_deadline{120'000};

/// Returns the output of systemctl or loginctl. Finds the account's own manager without a session
/// too.
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

bool systemd_runs() {
    std::error_code ignored;
    return fs::exists("/run/systemd/system", ignored);
}

/// The units that belong to the account, and their manager.
class Units {
public:
    explicit Units(const setup::InstallTarget& target) : target_(target) {}

    [[nodiscard]] std::string agent() const { return named("inhaul", ".service"); }
    [[nodiscard]] std::string timer() const { return named("inhaul-once", ".timer"); }
    [[nodiscard]] std::vector<std::string> systemctl(std::vector<std::string> words) const {
        words.insert(words.begin(), "systemctl");
        if (target_.personal) words.insert(words.begin() + 1, "--user");
        return words;
    }
    [[nodiscard]] bool knows(const std::string& unit) const {
        return call(systemctl({"cat", unit})).has_value();
    }
    /// Links the units that are installed with this program outside of systemd's directories.
    [[nodiscard]] Result<void> link_missing() const {
        const auto program = process::own_executable().value_or(fs::path{});
        const auto directory = program.parent_path().parent_path() / "lib/systemd" /
                               (target_.personal ? "user" : "system");
        for (const auto* const name :
             {"inhaul{}.service", "inhaul-once{}.service", "inhaul-once{}.timer"}) {
            const auto unit = fmt::format(fmt::runtime(name), instance());
            const auto file = fmt::format(fmt::runtime(name), target_.personal ? "" : "@");
            if (!knows(unit)) TRY(call(systemctl({"link", (directory / file).string()})));
        }
        return {};
    }
    /// Stops the unit, and disables it for the next boot.
    [[nodiscard]] Result<void> end(const std::string& unit) const {
        if (!knows(unit)) return {};
        if (!systemd_runs()) return call(systemctl({"disable", unit}));
        return call(systemctl({"disable", "--now", unit}));
    }

private:
    [[nodiscard]] std::string instance() const {
        return target_.personal ? std::string{} : "@" + target_.account.name;
    }
    [[nodiscard]] std::string named(std::string_view name, std::string_view kind) const {
        return fmt::format("{}{}{}", name, instance(), kind);
    }
    const setup::InstallTarget& target_;
};

/// Returns when the unit starts.
std::string_view started_when(const setup::InstallTarget& target) {
    if (!target.personal || keep_manager(target, "the agent stops when you log out"))
        return "starts at boot";
    return "starts when you log in";
}

void print_unit(std::string_view what, const std::string& unit, std::string_view does,
                std::string_view when) {
    print(fmt::format("  {:<16}{} {}{}\n", what, unit, systemd_runs() ? does : "", when));
}

}  // namespace

bool keep_manager(const setup::InstallTarget& target, std::string_view otherwise) {
    const auto lingers = call({"loginctl", "enable-linger", target.account.name});
    if (!lingers)
        print_error(Error{.message = fmt::format("{}: {}", otherwise, lingers.error().message),
                          .hint = "sudo loginctl enable-linger " + target.account.name});
    return lingers.has_value();
}

Result<void> start_agent(const setup::InstallTarget& target, bool restart) {
    const Units units{target};
    const auto when = started_when(target);
    TRY(units.link_missing());
    const bool running = systemd_runs();
    if (running) {
        const auto changed = TRY(answer_of(
            units.systemctl({"show", "--value", "--property=NeedDaemonReload", units.agent()})));
        restart = restart || trimmed(changed) == "yes";
        TRY(reread_units(target));
    }
    if (target.timer) {
        TRY(units.end(units.agent()));
        TRY(call(units.systemctl({"enable", units.timer()})));
        if (running) TRY(call(units.systemctl({"start", units.timer()})));
        print_unit("timer", units.timer(), "polls each minute, and ", when);
        return {};
    }
    TRY(call(units.systemctl({"enable", units.agent()})));
    if (running)
        TRY(call(units.systemctl({restart ? "restart" : "reload-or-restart", units.agent()})));
    print_unit("agent", units.agent(), "is running, and ", when);
    return {};
}

Result<void> settle_agent(const setup::InstallTarget& target, bool last) {
    const Units units{target};
    if (!last)
        return systemd_runs() ? call(units.systemctl({"try-reload-or-restart", units.agent()}))
                              : Result<void>{};
    TRY(units.end(units.agent()));
    TRY(units.end(units.timer()));
    if (target.personal)
        print(
            "Your service manager still starts at boot. If nothing else needs it, run: loginctl "
            "disable-linger\n");
    return {};
}

Result<void> start_unit(const setup::InstallTarget& target, const std::string& unit, bool restart) {
    const Units units{target};
    TRY(call(units.systemctl({"enable", unit})));
    if (!systemd_runs()) return {};
    return call(units.systemctl({restart ? "restart" : "start", unit}));
}

Result<void> end_unit(const setup::InstallTarget& target, const std::string& unit) {
    return Units{target}.end(unit);
}

Result<void> reread_units(const setup::InstallTarget& target) {
    return systemd_runs() ? call(Units{target}.systemctl({"daemon-reload"})) : Result<void>{};
}

}  // namespace inhaul::cli
