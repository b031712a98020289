#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/forge/forge.hpp>
#include <inhaul/util/event_loop.hpp>

/// Heads asked over the git protocol, for remotes without a REST API or a token.
namespace inhaul::forge {

/// The Forge that runs `command APP` (this executable's internal `head` command) as a child with a
/// deadline, so that a silent server can hang a child but never the watcher. The child prints one
/// line of JSON that format_answer() wrote.
[[nodiscard]] std::unique_ptr<Forge> git_remote(EventLoop& loop, std::vector<std::string> command,
                                                Milliseconds deadline);

/// The child's side of that: one line, and back.
[[nodiscard]] std::string format_answer(const Result<CommitId>& head);
[[nodiscard]] HeadAnswer parse_answer(std::string_view line);

}  // namespace inhaul::forge
