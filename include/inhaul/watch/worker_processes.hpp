// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <inhaul/util/event_loop.hpp>
#include <inhaul/watch/watcher.hpp>

namespace inhaul::watch {

/// Returns workers that are children: `command --trigger TRIGGER --expect COMMIT APP`, or
/// `command --trigger TRIGGER --resume APP`. Each has its own process group, which is ended at the
/// app's deploy deadline. Their output is this process's output. `state`: the directory with the
/// locks of the apps.
[[nodiscard]] std::unique_ptr<Workers> worker_processes(EventLoop& loop,
                                                        std::filesystem::path state,
                                                        std::vector<std::string> command);

}  // namespace inhaul::watch
