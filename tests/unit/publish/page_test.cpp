// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/page.hpp>

#include "sample.hpp"
#include "support/catch.hpp"

namespace inhaul::test {
namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_CASE("no text of a commit becomes markup") {
    const auto html = publish::page(hostile());
    for (const auto* const part : {"<script", "<img", "onload='", "<b>", "\x1b", "web<1>"})
        CHECK_FALSE(has(html, part));
    CHECK(has(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;"));
    CHECK(count(html, "<table") == count(html, "</table>"));
}

TEST_CASE("the page uses no external resource") {
    const auto html = publish::page(hostile());
    CHECK(has(html,
              "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
              "form-action 'none'\""));
    for (const auto* const part : {"http://", "https://", "url(", "@import", "<link", "<iframe"})
        CHECK_FALSE(has(html, part));
}

TEST_CASE("a bar names how long each state took") {
    const auto html = publish::page(hostile());
    CHECK(has(html, "aria-label=\"fetching 0.5 s, switching 1.0 s, restarting-back 3.0 s\""));
    CHECK(has(html, "<rect class=\"prepare\" x=\"0.00\" width=\"11.11\""));
    CHECK(has(html, "<rect class=\"back\" x=\"33.33\" width=\"66.67\""));
}

TEST_CASE("the last 20 deployments of an app are shown") {
    auto overview = hostile();
    overview.apps[0].deployments.resize(30, overview.apps[0].deployments[0]);
    CHECK(count(publish::page(overview), "<th scope=\"row\"") == publish::deployments_shown);
}

TEST_CASE("a change of an age alone does not rewrite the page") {
    const auto before = hostile();
    auto later = before;
    later.written += Milliseconds{90'000};
    *later.apps[0].last_answer += Milliseconds{90'000};
    CHECK(publish::content_of(later) == publish::content_of(before));
    CHECK(publish::page(later) != publish::page(before));
    *later.apps[0].last_answer += std::chrono::hours{1};
    CHECK(publish::content_of(later) != publish::content_of(before));
    later = before;
    later.apps[0].deployments[0].subject += "x";
    CHECK(publish::content_of(later) != publish::content_of(before));
}

TEST_CASE("a commit that is not verified is not called live") {
    auto overview = hostile();
    CHECK(has(publish::page(overview), "Live commit"));
    overview.apps[0].verified = false;
    const auto html = publish::page(overview);
    CHECK_FALSE(has(html, "Live commit"));
    CHECK(has(html, "not verified"));
}

TEST_CASE("a badge has the live commit, or the state of an app with a fault") {
    auto app = hostile().apps[0];
    CHECK(has(publish::badge(app), "aria-label=\"shop: rolled back\""));
    app.tone = publish::Tone::good;
    app.state = app.state_shown = "up-to-date";
    CHECK(has(publish::badge(app), "aria-label=\"shop: aaaaaaa\""));
    app.name = "a&b";
    CHECK(has(publish::badge(app), "<title>a&amp;b: aaaaaaa</title>"));
    CHECK_FALSE(has(publish::badge(app), "a&b"));
}

}  // namespace inhaul::test
