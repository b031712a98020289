// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/forge/forge.hpp>
#include <inhaul/util/event_loop.hpp>

/// Polls over the git protocol, for forges without a REST API or a token.
namespace inhaul::forge {

/// Returns the Forge that runs `command APP` (this executable's internal `head` command) as a child
/// process with a deadline. A silent server can block a child, but never the agent. The child
/// prints one line of JSON, made by format_answer().
[[nodiscard]] std::unique_ptr<Forge> git_remote(EventLoop& loop, std::vector<std::string> command,
                                                Milliseconds deadline);

/// Writes and reads the child's line.
[[nodiscard]] std::string format_answer(const Result<CommitId>& head);
[[nodiscard]] HeadAnswer parse_answer(std::string_view line);

}  // namespace inhaul::forge
