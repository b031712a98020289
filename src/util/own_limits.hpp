// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace inhaul::process {

/// Takes back what keep_memory_private() and bound_worker() have limited. System calls only, for a
/// child between fork and exec.
void restore_limits() noexcept;

}  // namespace inhaul::process
