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
        ping,     ///< GitHub's trial of a new webhook
        ignored,  ///< no business of this app's
        refused,  ///< not signed as this app wants it
    };
    Kind kind = Kind::ignored;
    /// Which of them, of a few fixed words: "wrong signature", "another branch".
    std::string_view what;
    bool genuine = false;  ///< signed with a secret of this app's
    /// Refused, but it may be a genuine push all the same, whose bytes the relay has changed: worth
    /// a question, as an event without a signature is.
    bool doubtful = false;
    std::optional<PushEvent> push;  ///< of a push
    std::string key;                ///< of a push: by which it is known again when it is repeated
};

/// Whether it is to the repository that the settings name.
[[nodiscard]] bool has_name_of(const PushEvent& push, const Settings& settings);

using RepositoryIds = std::vector<std::int64_t>;

/// With a secret file in the settings, only what one of `secrets` has signed is looked into, and
/// without any secret nothing is. `repository_ids` are the numbers by which the repository is
/// known, for one that was renamed.
[[nodiscard]] Classified classify(const Delivery& delivery, const Settings& settings,
                                  const RepositoryIds& repository_ids,
                                  const std::vector<Secret>& secrets);

}  // namespace inhaul::watch
