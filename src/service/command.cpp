// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <fmt/format.h>

#include <inhaul/util/blame.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/text.hpp>

#include "adapters.hpp"

namespace inhaul::service {
namespace {

class CommandService final : public Service {
public:
    CommandService(const RestartCommand& command, const std::filesystem::path& directory,
                   Milliseconds deadline)
        : command_{.argv = command.argv,
                   .directory = directory,
                   .clean_environment = true,
                   .unbounded = true,
                   .capture_output = true},
          deadline_(deadline) {}

    [[nodiscard]] bool restartable() const override { return true; }
    [[nodiscard]] Result<std::vector<StoppedUnit>> stopped_units() override {
        return std::vector<StoppedUnit>{};
    }
    void exclude(const std::vector<std::string>& /*units*/) override {}
    [[nodiscard]] Result<std::string> invocation() override { return std::string{}; }
    [[nodiscard]] Result<std::string> restart(const std::string& before, Extent extent,
                                              const process::Environment& environment) override;
    [[nodiscard]] Result<void> settle(const std::string& /*invocation*/) override { return {}; }
    [[nodiscard]] Result<void> check(const std::string& /*invocation*/) override { return {}; }
    [[nodiscard]] std::vector<UnitLog> start_log() override { return {}; }
    /// The result of a command is unknown before it runs.
    [[nodiscard]] Result<std::vector<UnitCheck>> examine() override {
        return std::vector<UnitCheck>{};
    }

private:
    process::Command command_;
    Milliseconds deadline_;
};

Result<std::string> CommandService::restart(const std::string& /*before*/, Extent /*extent*/,
                                            const process::Environment& environment) {
    command_.environment = environment;
    const auto intent = fmt::format("restart with `{}`", shell_command(command_.argv));
    const process::Blame blame{command_.argv, *command_.directory};
    auto finished = process::run(command_, deadline_);
    if (!finished) {
        auto& error = finished.error();
        // A timeout keeps its code, as the timeout of a unit does.
        if (error.code != ErrorCode::timeout) error = blame.of_start(std::move(error));
        return fail(std::move(error).within(intent));
    }
    if (finished->status.success()) return std::string{};
    auto message = intent + ": " + process::describe(finished->status);
    if (const auto said = process::end_of(finished->output); !said.empty()) message += ": " + said;
    auto error = blame.of_end(finished->status, std::move(message), finished->output);
    if (error.hint.empty()) error.hint = sandbox::hint(finished->output, sandbox::unit());
    return fail(std::move(error));
}

}  // namespace

std::unique_ptr<Service> command_service(const RestartCommand& command,
                                         const std::filesystem::path& directory,
                                         Milliseconds restart_deadline) {
    return std::make_unique<CommandService>(command, directory, restart_deadline);
}

}  // namespace inhaul::service
