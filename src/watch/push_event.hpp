// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>

namespace inhaul::watch {

/// The fields of a push event that decide if it triggers a poll. `commits` is ignored: it may be
/// empty although the push moves the branch.
/// https://docs.github.com/webhooks/webhook-events-and-payloads#push
struct PushEvent {
    std::string ref;  ///< refs/heads/…, refs/tags/…
    bool deleted = false;
    std::optional<CommitId> before;  ///< nothing for a new branch
    std::optional<CommitId> after;
    std::optional<std::int64_t> repository_id;
    std::string repository;  ///< owner/name
};

/// Parses the body of an event. Returns nothing if it has no ref or no repository.
[[nodiscard]] std::optional<PushEvent> read_push(std::string_view body);

}  // namespace inhaul::watch
