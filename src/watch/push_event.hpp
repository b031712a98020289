// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>

namespace inhaul::watch {

/// Of a push what says whether it is ours, and that it is worth a question. `commits` may be empty
/// in a push that moves the branch, and is not looked at.
/// https://docs.github.com/webhooks/webhook-events-and-payloads#push
struct PushEvent {
    std::string ref;  ///< refs/heads/…, refs/tags/…
    bool deleted = false;
    std::optional<CommitId> before;  ///< nothing for a branch that is new
    std::optional<CommitId> after;
    std::optional<std::int64_t> repository_id;
    std::string repository;  ///< owner/name
};

/// The bytes of an event's body; nothing for what has no ref and no repository.
[[nodiscard]] std::optional<PushEvent> read_push(std::string_view body);

}  // namespace inhaul::watch
