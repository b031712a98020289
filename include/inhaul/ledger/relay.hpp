#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// What an app's relay is known to be, as far as people want to see it.
struct Relay {
    std::optional<TimePoint> connected;  ///< since when it is heard; nothing while it is not
    std::optional<std::string> error;    ///< why not
    std::string hint;
    std::optional<TimePoint> error_since;
    std::uint64_t reconnects = 0;
    std::optional<TimePoint> last_event;
    std::string last_word;                         ///< what came of that event
    std::map<std::string, std::uint64_t> refused;  ///< how many, by reason
    std::string last_id;                           ///< from where a relay that keeps events goes on
    /// The number of the repository that the settings called so, as a genuine push has told it.
    std::optional<std::int64_t> repository_id;
    std::string repository;
};

/// What is known of a relay and its events.
class RelayStore {
public:
    virtual ~RelayStore() = default;

    [[nodiscard]] virtual Result<Relay> relay(const AppName& app) = 0;
    /// As durable as save_watch().
    [[nodiscard]] virtual Result<void> save_relay(const AppName& app, const Relay& relay) = 0;
    /// Whether an event with this key is heard of for the first time by this app; it is noted. Of
    /// an app's events the newest 5,000 are remembered.
    [[nodiscard]] virtual Result<bool> first_time(const AppName& app, const std::string& key) = 0;
};

}  // namespace inhaul::ledger
