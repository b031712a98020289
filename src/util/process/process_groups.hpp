// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

/// The process groups of live children, for the signal handlers that end this process.
namespace inhaul::process {

void remember_group(pid_t leader) noexcept;
void forget_group(pid_t leader) noexcept;

}  // namespace inhaul::process
