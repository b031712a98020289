// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace inhaul::process {

/// Restores the limits that keep_memory_private() and bound_worker() have lowered. Uses only system
/// calls: safe in a child between fork and exec.
void restore_limits() noexcept;

}  // namespace inhaul::process
