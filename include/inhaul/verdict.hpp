#pragma once

#include <inhaul/util/result.hpp>

/// Whose fault it is that a deployment failed.
namespace inhaul {

/// Whether an error is a verdict on the commit: its hook, its restart or its probe ended badly. All
/// else is the fault of the host, the network or inhaul. Such an error has another code or is
/// transient, and never quarantines a commit.
[[nodiscard]] bool judges_commit(const Error& cause);

/// Whether an error leads back to the last good commit: a verdict, and also what ended badly for a
/// reason outside of the commit (a kill, memory that ran out). What could not be asked at all, for
/// want of space or permission, leads nowhere: the way back would want the same.
[[nodiscard]] bool leads_back(const Error& cause);

}  // namespace inhaul
