// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/trigger_units.hpp>

#include <fmt/format.h>

#include <inhaul/util/systemctl.hpp>

namespace inhaul::service {
namespace {

std::string service_text(std::string_view unit, std::string_view about_reset,
                         std::string_view about_restart) {
    return fmt::format(R"([Unit]
Description=Restart {0} for inhaul
# As often as inhaul requests it.
StartLimitIntervalSec=0

[Service]
Type=oneshot
{2}ExecStartPre=-systemctl reset-failed -- "{1}"
{3}ExecStart=systemctl --no-block restart -- "{1}"
)",
                       escaped_in_unit(unit, false), escaped_in_unit(unit, true), about_reset,
                       about_restart);
}

}  // namespace

std::filesystem::path trigger_file(const std::filesystem::path& directory, std::string_view unit) {
    return directory / unit;
}

std::string trigger_path_unit(std::string_view unit, const std::filesystem::path& file) {
    return fmt::format(R"([Unit]
Description=Restart {} when inhaul requests it

[Path]
PathChanged={}

[Install]
WantedBy=paths.target
)",
                       escaped_in_unit(unit, false), escaped_in_unit(file.string(), false));
}

std::string trigger_service_unit(std::string_view unit) {
    return service_text(unit, "# Earlier starts may have reached the start limit.\n",
                        "# inhaul waits for the restart. It may request another restart while this "
                        "restart hangs.\n");
}

std::string older_trigger_service_unit(std::string_view unit) {
    return service_text(
        unit, "# What counts against the start limit is not this commit's fault.\n",
        "# inhaul waits for the restart, and may request another one while it hangs.\n");
}

}  // namespace inhaul::service
