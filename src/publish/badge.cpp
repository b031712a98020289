// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/publish/page.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::publish {
namespace {

/// White text on each has a contrast of at least 4.5.
std::string_view background_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "#1a7f42";
        case Tone::busy:
            return "#1f63b5";
        case Tone::warning:
            return "#8a5d00";
        case Tone::bad:
            break;
    }
    return "#b42318";
}

/// Roughly, for DejaVu Sans and Verdana of 11 pixels. The viewer fits the text to it.
std::size_t width_of(std::string_view text) {
    return 10 + columns(text) * 13 / 2;
}

}  // namespace

std::string badge(const App& app) {
    const bool live = app.tone == Tone::good && !app.live.empty();
    std::string message = live ? std::string{short_form(app.live)} : app.state;
    for (auto& c : message)
        if (c == '-') c = ' ';
    const auto left = width_of(app.name);
    const auto right = width_of(message);
    const auto label = escaped(app.name);
    const auto value = escaped(message);
    return fmt::format(
        R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img" aria-label="{1}: {2}">
<title>{1}: {2}</title>
<clipPath id="r"><rect width="{0}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="{3}" height="20" fill="#555"/><rect x="{3}" width="{4}" height="20" fill="{5}"/></g>
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
<text x="5" y="14" textLength="{6}">{1}</text>
<text x="{7}" y="14" textLength="{8}">{2}</text>
</g>
</svg>
)svg",
        left + right, label, value, left, right, background_of(app.tone), left - 10, left + 5,
        right - 10);
}

}  // namespace inhaul::publish
