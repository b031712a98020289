// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>

#include "delivery.hpp"
#include "push_event.hpp"

namespace inhaul::watch {

/// The meaning of one relay event for one app. An event can only trigger a poll of the forge. Its
/// content never chooses the commit to deploy.
struct Classified {
    enum class Kind {
        push,     ///< a push to this app's branch
        ping,     ///< GitHub's test of a new webhook
        ignored,  ///< irrelevant for this app
        refused,  ///< without a valid signature by this app's secret
    };
    Kind kind = Kind::ignored;
    /// The reason in fixed words: "wrong signature", "another branch".
    std::string_view what;
    bool genuine = false;  ///< signed with a secret of this app
    /// Refused, but possibly a genuine push whose bytes the relay has changed. It triggers a poll
    /// like an event without a signature.
    bool doubtful = false;
    std::optional<PushEvent> push;  ///< only of a push
    std::string key;                ///< only of a push: identifies a repeated delivery
};

/// Returns true if the push names the repository of the settings.
[[nodiscard]] bool has_name_of(const PushEvent& push, const Settings& settings);

using RepositoryIds = std::vector<std::int64_t>;

/// Returns the meaning of a delivery. If the settings have a secret file, it trusts only a body
/// with a valid signature by one of `secrets`. Without secrets it then refuses all bodies.
/// `repository_ids` are the known ids of the repository. They identify the repository after it was
/// renamed.
[[nodiscard]] Classified classify(const Delivery& delivery, const Settings& settings,
                                  const RepositoryIds& repository_ids,
                                  const std::vector<Secret>& secrets);

}  // namespace inhaul::watch
