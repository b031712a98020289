// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/agent_units.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds systemctl_deadline{120'000};

/// Returns the output of systemctl or loginctl. Finds the account's own manager without a session
/// too.
Result<std::string> answer_of(std::vector<std::string> argv) {
    process::Command command{.argv = std::move(argv), .capture_output = true};
    if (!file::environment("XDG_RUNTIME_DIR"))
        command.environment = {
            {"XDG_RUNTIME_DIR", account::runtime_directory(::geteuid()).string()}};
    const auto words = shell_command(command.argv);
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
    explicit Units(const InstallTarget& target)
        : target_(target),
          names_(target.personal ? config::OwnUnits::of_own_manager()
                                 : config::OwnUnits::of_account(target.account.name)) {}

    [[nodiscard]] std::string agent() const { return names_.agent(); }
    [[nodiscard]] std::string timer() const { return names_.timer(); }
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
        for (const auto& unit : {names_.agent(), names_.timer_service(), names_.timer()})
            if (!knows(unit))
                TRY(call(systemctl({"link", (directory / names_.file_of(unit)).string()})));
        return {};
    }
    /// Stops the unit, and disables it for the next boot.
    [[nodiscard]] Result<void> end(const std::string& unit) const {
        if (!knows(unit)) return {};
        if (!systemd_runs()) return call(systemctl({"disable", unit}));
        return call(systemctl({"disable", "--now", unit}));
    }

private:
    const InstallTarget& target_;
    config::OwnUnits names_;
};

}  // namespace

Result<void> keep_manager(const InstallTarget& target) {
    auto lingers = call({"loginctl", "enable-linger", target.account.name});
    if (!lingers) lingers.error().hint = "sudo loginctl enable-linger " + target.account.name;
    return lingers;
}

Result<StartedAgent> start_agent(const InstallTarget& target, bool restart) {
    const Units units{target};
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
        return StartedAgent{units.timer(), running};
    }
    TRY(call(units.systemctl({"enable", units.agent()})));
    if (running)
        TRY(call(units.systemctl({restart ? "restart" : "reload-or-restart", units.agent()})));
    return StartedAgent{units.agent(), running};
}

Result<void> settle_agent(const InstallTarget& target, bool last) {
    const Units units{target};
    if (!last)
        return systemd_runs() ? call(units.systemctl({"try-reload-or-restart", units.agent()}))
                              : Result<void>{};
    TRY(units.end(units.agent()));
    return units.end(units.timer());
}

Result<void> start_unit(const InstallTarget& target, const std::string& unit, bool restart) {
    const Units units{target};
    TRY(call(units.systemctl({"enable", unit})));
    if (!systemd_runs()) return {};
    return call(units.systemctl({restart ? "restart" : "start", unit}));
}

Result<void> end_unit(const InstallTarget& target, const std::string& unit) {
    return Units{target}.end(unit);
}

Result<void> reread_units(const InstallTarget& target) {
    return systemd_runs() ? call(Units{target}.systemctl({"daemon-reload"})) : Result<void>{};
}

}  // namespace inhaul::setup
