// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/service.hpp>

#include "adapters.hpp"

namespace inhaul::service {
namespace {

class NoService final : public Service {
public:
    [[nodiscard]] bool restartable() const override { return false; }
    [[nodiscard]] Result<std::vector<StoppedUnit>> stopped_units() override {
        return std::vector<StoppedUnit>{};
    }
    void exclude(const std::vector<std::string>& /*units*/) override {}
    [[nodiscard]] Result<std::string> invocation() override { return std::string{}; }
    [[nodiscard]] Result<std::string> restart(
        const std::string& /*before*/, Extent /*extent*/,
        const process::Environment& /*environment*/) override {
        return std::string{};
    }
    [[nodiscard]] Result<void> settle(const std::string& /*invocation*/) override { return {}; }
    [[nodiscard]] Result<void> check(const std::string& /*invocation*/) override { return {}; }
    [[nodiscard]] std::vector<UnitLog> start_log() override { return {}; }
    [[nodiscard]] Result<std::vector<UnitCheck>> examine() override {
        return std::vector<UnitCheck>{};
    }
};

}  // namespace

std::string_view to_string(StoppedUnit::Why why) {
    switch (why) {
        case StoppedUnit::Why::disabled:
            return "stopped and disabled";
        case StoppedUnit::Why::masked:
            return "stopped and masked";
        case StoppedUnit::Why::stopped:
            break;
    }
    return "stopped";
}

Result<std::unique_ptr<Service>> service_for(const Settings& settings) {
    if (const auto* units = std::get_if<SystemdUnits>(&settings.service))
        return systemd_service(
            *units, settings.of_system ? std::optional{settings.directory} : std::nullopt,
            settings.restart_deadline, settings.settle);
    if (const auto* command = std::get_if<RestartCommand>(&settings.service))
        return command_service(*command, settings.directory, settings.restart_deadline);
    return std::make_unique<NoService>();
}

}  // namespace inhaul::service
