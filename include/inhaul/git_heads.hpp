// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul {

/// The head of a branch as the git protocol reports it.
struct GitHead {
    Result<CommitId> commit;
    /// The new URL of a renamed repository, on the same host.
    std::optional<std::string> moved_to = {};
    PollMethod method = PollMethod::https;
    std::optional<TimePoint> session_since = {};  ///< of the ssh session that stays open
};

/// The port for heads over the git protocol without a child process for each: it does not block.
class GitHeads {
public:
    virtual ~GitHeads() = default;
    /// Receives nothing if this server does not support polls of this kind.
    using Answered = std::function<void(std::optional<GitHead>)>;
    /// Calls `answered` once, from the event loop.
    virtual void poll_head(const Settings& settings, Answered answered) = 0;
    /// Closes the sessions, and forgets the learned facts about servers.
    virtual void reset() = 0;
};

}  // namespace inhaul
