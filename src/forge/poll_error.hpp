// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/head_answer.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::forge {

/// Converts an error of this host or of a connection to a poll error.
[[nodiscard]] PollError poll_error_of(const Error& error);

}  // namespace inhaul::forge
