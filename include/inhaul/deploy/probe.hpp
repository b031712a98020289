#pragma once

#include <memory>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// Whether what was deployed really answers.
namespace inhaul::deploy {

/// The port that deploy speaks to.
class Probe {
public:
    virtual ~Probe() = default;
    [[nodiscard]] virtual bool exists() const = 0;
    /// Asks until it has answered well as often in a row as the settings want, or their deadline
    /// has passed. The error, with code failed, says what was wrong with the last answer. It is
    /// transient when no question reached the app: this host is to blame then.
    [[nodiscard]] virtual Result<void> prove(const CommitId& commit) = 0;
};

[[nodiscard]] std::unique_ptr<Probe> probe_for(const Settings& settings);

}  // namespace inhaul::deploy
