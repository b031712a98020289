// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/head_answer.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::forge {

/// Converts an error of this host, of a connection or of git's protocol to a poll error.
[[nodiscard]] PollError poll_error_of(const Error& error, TimePoint now);

}  // namespace inhaul::forge
