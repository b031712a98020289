#pragma once

namespace inhaul::process {

/// From the next exec on, only standard input, output and error of this process stay open.
/// Libraries open sockets without O_CLOEXEC, and whoever started us may have left something open.
/// System calls only, for a child between fork and exec.
void close_all_on_exec() noexcept;

}  // namespace inhaul::process
