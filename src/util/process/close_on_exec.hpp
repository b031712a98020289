// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace inhaul::process {

/// Closes all descriptors except standard input, output and error at the next exec. Libraries open
/// sockets without O_CLOEXEC, and the parent process may have passed open descriptors. Uses only
/// system calls: safe in a child between fork and exec.
void close_all_on_exec() noexcept;

}  // namespace inhaul::process
