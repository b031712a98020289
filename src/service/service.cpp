#include <inhaul/service/service.hpp>

#include "adapters.hpp"

namespace inhaul::service {
namespace {

class NoService final : public Service {
public:
    [[nodiscard]] bool restartable() const override { return false; }
    [[nodiscard]] Result<std::string> invocation() override { return std::string{}; }
    [[nodiscard]] Result<void> restart() override { return {}; }
    [[nodiscard]] Result<void> may_restart() override { return {}; }
    [[nodiscard]] Result<void> settle(const std::string& /*invocation*/) override { return {}; }
    [[nodiscard]] Result<void> check(const std::string& /*invocation*/) override { return {}; }
};

}  // namespace

Result<std::unique_ptr<Service>> service_for(const Settings& settings) {
    if (const auto* unit = std::get_if<SystemdUnit>(&settings.service))
        return systemd_service(*unit, settings.restart_deadline, settings.settle);
    if (const auto* command = std::get_if<RestartCommand>(&settings.service))
        return command_service(*command, settings.directory, settings.restart_deadline);
    return std::make_unique<NoService>();
}

}  // namespace inhaul::service
