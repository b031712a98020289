// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// The health check after a restart.
namespace inhaul::deploy {

/// The port for the probe.
class Probe {
public:
    virtual ~Probe() = default;
    [[nodiscard]] virtual bool exists() const = 0;
    /// Probes until the app gave the required number of healthy answers in a row, or the deadline
    /// has passed. Fails with code `failed` and the fault of the last answer. The error is
    /// transient if no request reached the app: then this host is to blame.
    [[nodiscard]] virtual Result<void> wait_until_healthy(const CommitId& commit) = 0;
};

[[nodiscard]] std::unique_ptr<Probe> probe_for(const Settings& settings);

}  // namespace inhaul::deploy
