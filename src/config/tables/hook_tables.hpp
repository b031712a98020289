// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/settings.hpp>

#include <config/document.hpp>

/// The hooks of a deployment and its probe.
namespace inhaul::config {

[[nodiscard]] HookSettings read_hooks(Document& document);
[[nodiscard]] std::optional<ProbeSettings> read_probe(Document& document);

}  // namespace inhaul::config
