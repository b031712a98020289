// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>

#include <charconv>

#include <fmt/format.h>

#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/forge/github.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

constexpr std::chrono::minutes clock_tolerance{5};

/// Returns why the host's name cannot be resolved. Not called with a proxy, which resolves it.
std::optional<std::string> name_error(const std::string& host) {
    const ::addrinfo hints{.ai_socktype = SOCK_STREAM};
    ::addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) return std::string{::gai_strerror(code)};
    ::freeaddrinfo(found);
    return std::nullopt;
}

/// Names the step at which a request without an answer failed.
Findings unreached(const Error& error, const std::string& host,
                   const std::optional<std::string>& proxy, const std::filesystem::path& settings) {
    Findings found;
    const bool untrusted = error.reason == ErrorReason::untrusted_certificate;
    if (proxy) {
        found.push_back(untrusted
                            ? good("proxy", *proxy)
                            : bad("proxy", fmt::format("{}: {}", *proxy, error.message),
                                  "Check http_proxy, https_proxy and all_proxy. The agent has its "
                                  "own environment: " +
                                      edit_of_agent(settings)));
        found.push_back(untrusted ? bad("certificate", error)
                                  : skipped("connection", "not tested: the proxy failed"));
        return found;
    }
    if (const auto name_fault = name_error(host)) {
        found.push_back(bad("name", fmt::format("{}: {}", host, *name_fault),
                            "Check the network, and the name server in /etc/resolv.conf."));
        found.push_back(skipped("connection", "not tested: the server's name cannot be resolved"));
        return found;
    }
    found.push_back(good("name", host));
    if (untrusted) found.push_back(good("connection", host));
    found.push_back(bad(untrusted ? "certificate" : "connection", error));
    return found;
}

Finding check_clock(const http::Response& response, TimePoint now) {
    const auto date = http::parse_date(response.header("date").value_or(""));
    if (!date) return skipped("clock", "the server sends no date");
    const auto difference = std::chrono::abs(*date - now);
    const auto message = fmt::format("{} {} the server's clock", format_age(difference),
                                     *date > now ? "behind" : "ahead of");
    if (difference > clock_tolerance)
        return bad("clock", message, "Run: sudo timedatectl set-ntp true");
    return good("clock", "agrees with the server's clock");
}

Finding check_rate_limit(const HeadAnswer& answer, const http::Response& response) {
    if (!answer.remaining) return skipped("rate limit", "the server reports no limit");
    const auto text = response.header("x-ratelimit-limit").value_or("");
    std::uint64_t limit = 0;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    const auto message = fmt::format("{} of {} requests left", *answer.remaining, limit);
    if (*answer.remaining * 10 < limit)
        return bad("rate limit", message,
                   "Another program uses the same GitHub account or address. Increase "
                   "poll.interval, or use a token of another GitHub account.");
    return good("rate limit", message);
}

/// Returns the poll error if the token itself is its cause.
const PollError* token_error(const HeadAnswer& answer) {
    const auto* poll_error = std::get_if<PollError>(&answer.what);
    if (poll_error == nullptr) return nullptr;
    const bool about_it = poll_error->kind == PollErrorKind::bad_token ||
                          poll_error->kind == PollErrorKind::sso_required;
    return about_it ? poll_error : nullptr;
}

Finding check_token(const HeadAnswer& answer, bool authenticated, TimePoint now) {
    if (!authenticated) return skipped("token", "no token: GitHub allows 60 requests per hour");
    if (const auto* poll_error = token_error(answer))
        return bad("token", poll_error->message, poll_error->hint);
    const auto& ends = answer.token_expires;
    if (!ends) return good("token", "accepted");
    const auto message = fmt::format("accepted, expires {}", format_local(*ends));
    if (*ends - now < token_warning)
        return bad("token", message, "Create a new token, and write it into the same file.");
    return good("token", message);
}

Finding check_repository(const HeadAnswer& answer, const http::Response& response,
                         const Settings& settings) {
    const auto slug = settings.github->slug();
    if (http::is_redirect(response.status))
        return bad("repository", slug + " has moved",
                   "Change `repository` in the settings. Until then, inhaul follows the redirect "
                   "on the same host.");
    if (token_error(answer) != nullptr)
        return skipped("repository", "not tested: the token is not accepted");
    if (const auto* poll_error = std::get_if<PollError>(&answer.what))
        return bad("repository", poll_error->message, poll_error->hint);
    const auto* const head = std::get_if<NewHead>(&answer.what);
    return good("repository",
                fmt::format("{}, {} at {}", slug, settings.branch.text(),
                            head != nullptr ? head->commit.short_form() : std::string{"-"}));
}

/// A job and a workflow may have the same name: the token's permissions decide which is read.
std::string_view names_that_count(const forge::CheckReport& report) {
    return report.by_workflow
               ? "; their names are those of workflows, because this token cannot read jobs"
               : "";
}

}  // namespace

Findings check_forge(const Subject& subject) {
    const auto& settings = subject.settings;
    if (settings.head_source != HeadSource::github_api)
        return {skipped("token", settings.token_file ? "not used for polling: polling over git"
                                                     : "no token: polling over git")};
    auto token = SecretFiles{}.secret(settings.token_file);
    if (!token) return {bad("token", token.error())};
    const forge::HeadRequest wanted{settings, std::nullopt, std::nullopt};
    const auto request = forge::head_request(wanted, *token);
    const auto origin = http::origin_of(request.url);
    const auto host = origin ? origin->host : request.url;
    const auto response = http::fetch(subject.client, request);
    const auto proxy = http::proxy_for(request.url);
    if (!response) return unreached(response.error(), host, proxy, settings.file);
    const auto now = subject.clock.now();
    const bool authenticated = token->has_value();
    const auto answer = forge::read_head_reply(*response, wanted, authenticated, now);
    return {proxy ? good("proxy", *proxy) : good("name", host),
            good("connection", request.url),
            has_scheme(request.url, "https")
                ? good("certificate", "trusted")
                : skipped("certificate", "not used: the API is reached over http"),
            check_clock(*response, now),
            check_token(answer, authenticated, now),
            check_rate_limit(answer, *response),
            check_repository(answer, *response, settings)};
}

Findings check_git(const Subject& subject) {
    const auto& settings = subject.settings;
    const auto head = subject.remote_head();
    if (head)
        return {good("git", fmt::format("{}, {} at {}", settings.git_url, settings.branch.text(),
                                        head->short_form()))};
    const auto& error = head.error();
    const bool host_key = error.reason == ErrorReason::untrusted_host_key;
    return {bad(host_key ? "host keys" : "git", error)};
}

Findings check_ci(const Subject& subject) {
    if (!subject.settings.require.checks) return {};
    std::optional<CommitId> head;
    if (subject.ledger && *subject.ledger)
        if (const auto poll_state = (*subject.ledger)->poll_state(subject.settings.app))
            head = poll_state->head;
    if (!head) return {skipped("checks", "no commit is known yet (see the check `ledger`)")};
    const auto report = subject.checks_of(*head);
    if (!report) return {bad("checks", report.error())};
    return {good("checks", fmt::format("{} checks found for {}{}", report->checks.size(),
                                       head->short_form(), names_that_count(*report)))};
}

Findings check_reporting(const Subject& subject) {
    const auto& settings = subject.settings;
    if (!settings.github_report || !settings.github) return {};
    const auto& report = *settings.github_report;
    const auto& file = report.token_file ? report.token_file : settings.token_file;
    const auto token = SecretFiles{}.secret(file);
    if (!token) return {bad("report", token.error())};
    if (!*token) return {bad("report", forge::no_report_token, "Set report.token_file.")};
    const auto answer = forge::test_permission(
        subject.client, report.as,
        {.repository = *settings.github, .token = **token, .ca_file = settings.ca_file},
        subject.clock.now());
    if (forge::is_permitted(answer))
        return {good("report", fmt::format("the token has the permission {}",
                                           forge::report_permission(report.as)))};
    if (answer.what == forge::ReportAnswer::Outcome::later)
        return {bad("report", answer.message,
                    "Deployments are not delayed. The reports are sent later.")};
    return {bad("report", answer.message,
                answer.lacks_permission
                    ? fmt::format("Give the token in {} the permission {} for {}.", file->string(),
                                  forge::report_permission(report.as), settings.github->slug())
                    : fmt::format("Check the token in {}. To report nothing, write in [report]: "
                                  "github = \"off\"",
                                  file->string()))};
}

}  // namespace inhaul::setup
