// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/result.hpp>

/// Who is to blame for a failed deployment.
namespace inhaul {

/// Returns true if the commit is to blame: its hook, its restart or its probe failed. All other
/// errors are the fault of the host, the network or inhaul. They have another code or are
/// transient, and never quarantine a commit.
[[nodiscard]] bool is_commit_fault(const Error& cause);

/// Returns true if an error causes a rollback. The commit is to blame, or a step failed for a
/// reason outside of the commit (a kill, no memory). A lack of disk space or permission causes no
/// rollback, because the rollback would need the same resource.
[[nodiscard]] bool causes_rollback(const Error& cause);

}  // namespace inhaul
