#pragma once

#include <inhaul/settings.hpp>

#include "document.hpp"

/// What a deployment runs, and what proves it.
namespace inhaul::config {

[[nodiscard]] HookSettings read_hooks(Document& document);
[[nodiscard]] std::optional<ProbeSettings> read_probe(Document& document);

}  // namespace inhaul::config
