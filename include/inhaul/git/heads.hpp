// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <inhaul/git_heads.hpp>
#include <inhaul/util/event_loop.hpp>
#include <inhaul/util/http.hpp>

namespace inhaul::git {

/// The number of ssh sessions that stay open; the repositories beyond it have one for each poll.
inline constexpr std::size_t most_kept_sessions = 16;

/// Returns the GitHeads that polls in this process, with version 2 of git's protocol. A poll over
/// https is one POST on a connection that stays open. A poll over ssh is a request and an answer in
/// a session that stays open. For a server without version 2, each poll has a session of its own.
/// `deadline` limits one poll. The loop must use the client.
[[nodiscard]] std::unique_ptr<GitHeads> heads(http::Client& client, EventLoop& loop,
                                              const Clock& clock, Milliseconds deadline);

}  // namespace inhaul::git
