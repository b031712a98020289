#pragma once

#include <inhaul/head_answer.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::forge {

/// Why an error of ours, or of a connection, left a question without an answer.
[[nodiscard]] PollError cannot_tell(const Error& error);

}  // namespace inhaul::forge
