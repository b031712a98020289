// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/deployer.hpp>

#include "deployment.hpp"
#include "plan.hpp"

namespace inhaul::deploy {

Result<Completed> run(const Settings& settings, const DeployRequest& request, const Ports& ports,
                      const std::filesystem::path& state_directory,
                      const git::OnProgress& progress) {
    const auto carry = [&](ledger::Record record) {
        return Deployment{settings, request, ports, state_directory, progress, std::move(record)};
    };
    std::optional<ledger::Record> resumed;
    if (auto found = TRY(ports.deployments.unfinished(settings.app))) {
        if (starts_again(*found)) {
            found->trigger = request.trigger;
            found->origin = request.origin;
            return Completed{TRY(carry(std::move(*found)).resume()), std::nullopt};
        }
        auto finished = TRY(carry(std::move(*found)).resume());
        if (answers(finished, request)) return Completed{std::move(finished), std::nullopt};
        resumed = std::move(finished);
    }
    auto planned = TRY(ports.deployments.begin(settings.app, request.trigger, request.origin));
    return Completed{TRY(carry(std::move(planned)).run()), std::move(resumed)};
}

Result<std::optional<ledger::Record>> resume(const Settings& settings, const Ports& ports,
                                             const std::filesystem::path& state_directory,
                                             const git::OnProgress& progress) {
    auto found = TRY(ports.deployments.unfinished(settings.app));
    if (!found || starts_again(*found)) return std::optional<ledger::Record>{};
    const DeployRequest request{.trigger = found->trigger};
    return TRY(Deployment{settings, request, ports, state_directory, progress, *std::move(found)}
                   .resume());
}

}  // namespace inhaul::deploy
