#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/util/event_loop.hpp>
#include <inhaul/watch/watcher.hpp>

namespace inhaul::watch {

/// Workers as children: `command --trigger TRIGGER --expect COMMIT APP` each, in a process group of
/// its own that ends at the app's deploy deadline. What they print goes where this process prints.
[[nodiscard]] std::unique_ptr<Workers> worker_processes(EventLoop& loop,
                                                        std::vector<std::string> command);

}  // namespace inhaul::watch
