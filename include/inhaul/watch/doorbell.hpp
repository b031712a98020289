#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/watch/delivery.hpp>
#include <inhaul/watch/push_event.hpp>

namespace inhaul::watch {

/// What one event on a relay's channel comes to for one app. An event is a doorbell: at most it is
/// a reason to ask the forge where the branch is. Nothing in it chooses what is deployed.
struct Heard {
    enum class Kind {
        ring,     ///< a push to this app's branch
        ping,     ///< GitHub's trial of a new webhook
        ignored,  ///< no business of this app's
        refused,  ///< not signed as this app wants it
    };
    Kind kind = Kind::ignored;
    /// Which of them, of a few fixed words: "wrong signature", "another branch".
    std::string_view what;
    bool genuine = false;           ///< signed with a secret of this app's
    std::optional<PushEvent> push;  ///< of a ring
    std::string key;                ///< of a ring: by which it is known again when it is repeated
};

/// With a secret file in the settings, only what one of `secrets` has signed is looked into, and
/// without any secret nothing is. `repository_id` is the number that the forge has told, for a
/// repository that was renamed.
[[nodiscard]] Heard hear(const Delivery& delivery, const Settings& settings,
                         std::optional<std::int64_t> repository_id,
                         const std::vector<Secret>& secrets);

}  // namespace inhaul::watch
