#pragma once

#include <string>
#include <vector>

#include <inhaul/setup/installation.hpp>

/// What `inhaul init` made for an app, to be taken away again.
namespace inhaul::setup {

/// The files that are there of an app, in the order in which they go: its settings first, so that
/// nothing begins a deployment with the rest. By the names that init gives them, and as its
/// settings say, if they can be read; only in directories that init writes to. What one of the
/// `others`, the other apps of the account, names as well is not among them.
[[nodiscard]] std::vector<Artifact> remains_of(const std::string& app, const Settings* settings,
                                               const std::vector<Settings>& others,
                                               const InstallTarget& target);

/// Removes the file, and its directory when that held only drop-ins. One that is gone is no error.
[[nodiscard]] Result<void> take_away(const Artifact& artifact);

}  // namespace inhaul::setup
