// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/deployer.hpp>

#include "deployment.hpp"

namespace inhaul::deploy {
namespace {

/// The resumed deployment was the requested one, or a new attempt would end in the same way.
bool answers(const ledger::Record& finished, const DeployRequest& request) {
    if (request.trigger == Trigger::hand) return false;
    if (std::holds_alternative<deployment::Failed>(finished.state)) return true;
    return request.expected && finished.to == request.expected;
}

}  // namespace

Result<Report> run(const Settings& settings, const DeployRequest& request, const Ports& ports,
                   const std::filesystem::path& state_directory, const git::OnProgress& progress) {
    const auto carry = [&](ledger::Record record) {
        return Deployment{settings, request, ports, state_directory, progress, std::move(record)};
    };
    std::optional<ledger::Record> resumed;
    if (auto found = TRY(ports.deployments.unfinished(settings.app))) {
        auto finished = TRY(carry(std::move(*found)).resume());
        if (answers(finished, request)) return Report{std::move(finished), std::nullopt};
        resumed = std::move(finished);
    }
    auto planned = TRY(ports.deployments.begin(settings.app, request.trigger, request.origin));
    return Report{TRY(carry(std::move(planned)).run()), std::move(resumed)};
}

}  // namespace inhaul::deploy
