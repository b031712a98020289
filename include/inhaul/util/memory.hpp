// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace inhaul {

/// Gives back to the system what starting up needed and going on does not: free heap, and the pages
/// of code that were read once (a page that is needed after all comes back from the page cache).
/// For a process that is about to idle.
void release_startup_memory() noexcept;

}  // namespace inhaul
