// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <inhaul/report/message.hpp>
#include <inhaul/report/outbox.hpp>
#include <inhaul/util/secret_files.hpp>

#include "formats.hpp"

namespace inhaul::report {

/// Returns the contents of the files that a target names.
[[nodiscard]] Result<Secrets> secrets_of(SecretFiles& files, const NotifyTarget& target);

/// Sends a message once. Calls `done` once, later, unless the transport is destroyed first. No
/// result contains a secret.
void attempt(Transport& transport, const NotifyTarget& target, const Message& message,
             const Secrets& secrets, TimePoint now, const Clock& clock,
             std::function<void(DeliveryResult)> done);

/// Returns the scheme and the host to which a target sends, for logs: no path, which may be a
/// secret.
[[nodiscard]] std::string shown_place(const NotifyTarget& target, const Secrets& secrets);

}  // namespace inhaul::report
