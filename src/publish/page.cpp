// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/page.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/deployment.hpp>
#include <inhaul/util/text.hpp>

#include "style.hpp"

namespace inhaul::publish {
namespace {

std::string_view class_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "good";
        case Tone::busy:
            return "busy";
        case Tone::warning:
            return "warning";
        case Tone::bad:
            break;
    }
    return "bad";
}

/// The parts of a deployment in the bars and in their legend.
struct Part {
    std::string_view name;
    std::string_view text;
};
constexpr std::array parts{Part{"prepare", "fetch and check"}, Part{"build", "build"},
                           Part{"switch", "switch and hooks"}, Part{"start", "restart and probe"},
                           Part{"after", "after hooks"},       Part{"back", "rollback"}};

std::string_view part_of(std::string_view state) {
    using inhaul::deployment::Stage;
    const auto step = inhaul::deployment::step_named(state);
    if (step && step->in_rollback) return "back";
    switch (step ? step->stage : Stage::planned) {
        case Stage::building:
            return "build";
        case Stage::switching:
        case Stage::activating:
            return "switch";
        case Stage::restarting:
        case Stage::probing:
            return "start";
        case Stage::finishing:
        case Stage::concluding:
            return "after";
        default:
            return "prepare";
    }
}

std::string seconds_text(Milliseconds time) {
    return fmt::format("{:.1f} s", std::chrono::duration<double>(time).count());
}

/// `rolled-back` as words.
std::string words(std::string_view name) {
    std::string text{name};
    std::replace(text.begin(), text.end(), '-', ' ');
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

std::string time_tag(TimePoint time) {
    const auto utc = format_utc(time);
    return fmt::format("<time datetime=\"{0}\">{1} UTC</time>", utc,
                       utc.substr(0, 10) + " " + utc.substr(11, 5));
}

std::string age(TimePoint time, TimePoint now) {
    return format_age(std::max(now - time, Milliseconds{0})) + " ago";
}

std::string code(std::string_view commit) {
    return fmt::format("<code>{}</code>", escaped(short_form(commit)));
}

/// How long each state took, as a bar. The text beside it has the total.
std::string bar(const Deployment& deployment) {
    Milliseconds all{0};
    for (const auto& step : deployment.steps)
        all += step.took;
    if (all.count() <= 0) return {};
    std::string label;
    std::string shapes;
    double at = 0;
    for (const auto& step : deployment.steps) {
        if (step.took.count() <= 0) continue;
        const auto width =
            100.0 * static_cast<double>(step.took.count()) / static_cast<double>(all.count());
        shapes += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" width=\"{:.2f}\" height=\"10\"/>",
                              part_of(step.state), at, width);
        label += fmt::format("{}{} {}", label.empty() ? "" : ", ", escaped(step.state),
                             seconds_text(step.took));
        at += width;
    }
    return fmt::format(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
        "role=\"img\" aria-label=\"{0}\"><title>{0}</title>{1}</svg>",
        label, shapes);
}

std::string row(const Deployment& deployment) {
    const auto change =
        deployment.to.empty()
            ? std::string{"unknown commit"}
            : fmt::format(
                  "{} <span aria-hidden=\"true\">→</span><span class=\"hidden\"> to "
                  "</span> {}",
                  deployment.from.empty() ? "nothing" : code(deployment.from), code(deployment.to));
    const auto about = deployment.subject.empty()
                           ? std::string{}
                           : fmt::format("{}<small>{}</small>", escaped(deployment.subject, 120),
                                         escaped(deployment.author, 60));
    const auto cause = deployment.cause.empty()
                           ? std::string{}
                           : fmt::format("<small>{}</small>", escaped(deployment.cause));
    return fmt::format(
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>"
        "<td role=\"cell\" class=\"time\">{}<small>{}</small></td>"
        "<td role=\"cell\">{}<br>{}</td>"
        "<td role=\"cell\" class=\"took\">{}{}</td>"
        "<td role=\"cell\"><span class=\"{}\">{}</span>{}</td></tr>\n",
        deployment.number, time_tag(deployment.started), escaped(deployment.trigger), change, about,
        seconds_text(deployment.took), bar(deployment), class_of(deployment.tone),
        words(escaped(deployment.outcome)), cause);
}

std::string table(const App& app) {
    if (app.deployments.empty()) return "<p class=\"quiet\">No deployment yet.</p>\n";
    auto text = fmt::format(
        "<table role=\"table\"><caption class=\"hidden\">Deployments of {}, the newest first"
        "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
        escaped(app.name));
    for (const auto* const heading : {"No.", "Started", "Change", "Duration", "Outcome"})
        text += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", heading);
    text += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
    const auto shown = std::min(app.deployments.size(), deployments_shown);
    for (std::size_t i = 0; i < shown; ++i)
        text += row(app.deployments[i]);
    return text + "</tbody></table>\n";
}

std::string entry(std::string_view term, const std::string& html) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", term, html);
}

std::string facts(const App& app, TimePoint now) {
    std::string live = "nothing";
    if (!app.live.empty()) {
        live = code(app.live) + " " + escaped(app.live_subject, 80);
        if (!app.verified) live += " <span class=\"bad\">(not verified)</span>";
    }
    auto text = "<dl>\n" + entry(app.verified ? "Live commit" : "Commit in the directory", live);
    if (app.live_since && app.verified)
        text +=
            entry("Live since", fmt::format("{}<br><span class=\"quiet\">{}</span>",
                                            time_tag(*app.live_since), age(*app.live_since, now)));
    text += entry("Head of " + escaped(app.branch),
                  app.head.empty() ? std::string{"unknown"}
                                   : code(app.head) + (app.head == app.live ? " (the same)" : ""));
    text +=
        entry("Last answer from the forge",
              app.last_answer ? fmt::format("{}<br><span class=\"quiet\">{}</span>",
                                            time_tag(*app.last_answer), age(*app.last_answer, now))
                              : std::string{"none yet"});
    text += entry("Repository", escaped(app.repository));
    return text + "</dl>\n";
}

std::string section(const App& app, TimePoint now) {
    const auto name = escaped(app.name);
    auto text = fmt::format(
        "<section id=\"app-{0}\" aria-labelledby=\"name-{0}\">\n<div class=\"title\"><h2 "
        "id=\"name-{0}\">{0}</h2>\n<p class=\"state {1}\"><span "
        "class=\"dot\"></span>{2}</p></div>\n",
        name, class_of(app.tone), words(escaped(app.state_shown)));
    if (!app.sentence.empty()) text += fmt::format("<p>{}</p>\n", escaped(app.sentence, 600));
    for (const auto& remark : app.remarks)
        text += fmt::format("<p class=\"quiet\">{}</p>\n", escaped(remark, 600));
    return text + facts(app, now) + "<h3>Deployments</h3>\n" + table(app) + "</section>\n";
}

std::string legend() {
    std::string text{"<h2 class=\"hidden\">Colours of the bars</h2>\n<ul class=\"legend\">\n"};
    for (const auto& part : parts)
        text += fmt::format(
            "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
            "class=\"{}\" width=\"10\" height=\"10\"/></svg>{}</li>\n",
            part.name, part.text);
    return text + "</ul>\n";
}

std::string navigation(const Overview& overview) {
    if (overview.apps.size() < 2) return {};
    std::string text{"<nav aria-label=\"Apps\"><ul>\n"};
    for (const auto& app : overview.apps)
        text += fmt::format(
            "<li><a href=\"#app-{0}\"><span class=\"dot {1}\"></span>{0} <span "
            "class=\"{1}\">{2}</span></a></li>\n",
            escaped(app.name), class_of(app.tone), words(escaped(app.state_shown)));
    return text + "</ul></nav>\n";
}

}  // namespace

std::string escaped(std::string_view text, std::size_t limit) {
    std::string out;
    for (const char c : printable(text, limit)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string page(const Overview& overview) {
    const auto host = escaped(overview.host);
    auto text = fmt::format(
        R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Deployments on {0}</title>
<style>{1}</style>
</head>
<body>
<header>
<h1>Deployments on {0}</h1>
<p class="quiet">Apps of the account {2}, as of {3}.{4}</p>
{5}</header>
<main>
)html",
        host, style, escaped(overview.account), time_tag(overview.written),
        overview.watched ? "" : " No agent deploys pushes.", navigation(overview));
    for (const auto& app : overview.apps)
        text += section(app, overview.written);
    if (overview.apps.empty()) text += "<p>No apps.</p>\n";
    text += "</main>\n<footer>\n" + legend() +
            fmt::format(
                "<p>Written by inhaul {} at each change, and at least hourly while an agent "
                "runs.</p>\n</footer>\n</body>\n</html>\n",
                escaped(overview.version));
    return text;
}

std::string content_of(const Overview& overview) {
    auto same = overview;
    // Ages are relative to this time.
    same.written = {};
    for (auto& app : same.apps)
        if (app.last_answer)
            app.last_answer = std::chrono::floor<std::chrono::hours>(*app.last_answer);
    return page(same);
}

}  // namespace inhaul::publish
