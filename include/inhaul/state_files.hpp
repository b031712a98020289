// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <inhaul/model.hpp>

/// The files of the state directory.
namespace inhaul::state_files {

[[nodiscard]] inline std::filesystem::path ledger(const std::filesystem::path& state) {
    return state / "ledger.db";
}

/// The directory of the lock files.
[[nodiscard]] inline std::filesystem::path locks(const std::filesystem::path& state) {
    return state / "locks";
}
/// Locked while an app is deployed.
[[nodiscard]] inline std::filesystem::path app_lock(const std::filesystem::path& state,
                                                    const AppName& app) {
    return locks(state) / (app.text() + ".lock");
}
/// Locked while an agent runs. The agent writes it when it starts.
[[nodiscard]] inline std::filesystem::path agent_lock(const std::filesystem::path& state) {
    return locks(state) / "watcher";
}
/// Locked while reports are sent.
[[nodiscard]] inline std::filesystem::path outbox_lock(const std::filesystem::path& state) {
    return locks(state) / "notify";
}
/// Locked while the ledger is created.
[[nodiscard]] inline std::filesystem::path ledger_lock(const std::filesystem::path& state) {
    return locks(state) / "ledger";
}

}  // namespace inhaul::state_files
