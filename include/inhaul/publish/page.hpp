// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <inhaul/publish/overview.hpp>

namespace inhaul::publish {

/// The agent rewrites an unchanged page after this time.
inline constexpr Milliseconds page_interval{3'600'000};

/// How many deployments of each app the page shows.
inline constexpr std::size_t deployments_shown = 20;

/// Returns one HTML file that needs no script and no other file. Every text is escaped.
[[nodiscard]] std::string page(const Overview& overview);

/// Returns a text that changes with the page, except for ages. The ages are the time of writing,
/// and the minute of the last answer from the forge.
[[nodiscard]] std::string content_of(const Overview& overview);

/// Returns a badge with the app's name and its live commit or its state, as SVG.
[[nodiscard]] std::string badge(const App& app);

/// Returns the text for HTML and SVG: markup and control characters escaped.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t limit = 400);

}  // namespace inhaul::publish
