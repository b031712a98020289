// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/notifications.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul {

/// The validated settings of an account, from `inhaul.toml` beside the files of its apps. The
/// defaults apply without that file. Never changed after loading.
struct AccountSettings {
    std::filesystem::path file;                         ///< empty without a file
    std::vector<NotifyTarget> targets;                  ///< of all apps
    std::optional<std::filesystem::path> metrics_file;  ///< for node_exporter: NAME.prom
    std::optional<std::filesystem::path> page_file;     ///< NAME.html
    std::optional<NotifyTarget> otlp;                   ///< a collector of OpenTelemetry
    Milliseconds silent_after{3'600'000};               ///< until ReportKind::polls_failing

    /// Changes with every effective setting.
    std::string hash;
};

}  // namespace inhaul
