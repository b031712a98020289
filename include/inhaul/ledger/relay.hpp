// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// The state of an app's relay, for `status`.
struct Relay {
    std::optional<TimePoint> connected;  ///< since when; empty if not connected
    std::optional<std::string> error;    ///< why it is not connected
    std::string hint;
    std::optional<TimePoint> error_since;
    std::uint64_t reconnects = 0;
    std::optional<TimePoint> last_event;
    std::string last_word;                         ///< the result of that event
    std::uint64_t accepted = 0;                    ///< events that led to a poll
    std::map<std::string, std::uint64_t> refused;  ///< how many, by reason
    std::string last_id;  ///< position from which a relay that stores events continues
    /// The number of the repository named `repository`, from an authenticated push.
    std::optional<std::int64_t> repository_id;
    std::string repository;
};

/// Stores the state of relays and their events.
class RelayStore {
public:
    virtual ~RelayStore() = default;

    [[nodiscard]] virtual Result<Relay> relay(const AppName& app) = 0;
    /// As durable as save_poll_state().
    [[nodiscard]] virtual Result<void> save_relay(const AppName& app, const Relay& relay) = 0;
    /// Records the event. Returns true if this app receives an event with this key for the first
    /// time. Remembers the newest 5,000 events of an app.
    [[nodiscard]] virtual Result<bool> first_time(const AppName& app, const std::string& key) = 0;
};

}  // namespace inhaul::ledger
