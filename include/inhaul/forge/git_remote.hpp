// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/forge/forge.hpp>
#include <inhaul/git_heads.hpp>
#include <inhaul/util/event_loop.hpp>

/// Polls over the git protocol, for forges without a REST API or a token.
namespace inhaul::forge {

/// Returns a Forge that polls with `heads`. If `heads` cannot poll a server, a child process polls
/// it: `command APP` (this executable's internal `head` command), with a deadline. After a success
/// of the child only, the child polls this server for a day. The child prints one line of JSON,
/// made by format_answer().
[[nodiscard]] std::unique_ptr<Forge> git_remote(EventLoop& loop, const Clock& clock,
                                                GitHeads& heads, std::vector<std::string> command,
                                                Milliseconds deadline);

/// Writes and reads the child's line.
[[nodiscard]] std::string format_answer(const Result<CommitId>& head);
[[nodiscard]] HeadAnswer parse_answer(std::string_view line, TimePoint now);

}  // namespace inhaul::forge
