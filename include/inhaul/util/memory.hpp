// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace inhaul {

/// Returns memory to the system that only the start needed: free heap, and pages of code that ran
/// once. A page that is needed again comes back from the page cache. For a process that is about to
/// idle.
void release_startup_memory() noexcept;

}  // namespace inhaul
