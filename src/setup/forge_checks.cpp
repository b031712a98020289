#include <netdb.h>

#include <charconv>

#include <fmt/format.h>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

constexpr std::chrono::minutes clock_tolerance{5};
constexpr std::chrono::hours expires_soon{14 * 24};

/// Whether the name server knows the host; not asked where a proxy knows it instead.
std::optional<std::string> name_error(const std::string& host) {
    const ::addrinfo hints{.ai_socktype = SOCK_STREAM};
    ::addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) return std::string{::gai_strerror(code)};
    ::freeaddrinfo(found);
    return std::nullopt;
}

/// There was no answer at all: which step it failed at.
Findings unreached(const Error& error, const std::string& host,
                   const std::optional<std::string>& proxy) {
    Findings found;
    const bool distrusted = error.code == ErrorCode::authentication;
    if (proxy) {
        found.push_back(
            distrusted ? good("proxy", *proxy)
                       : bad("proxy", fmt::format("{}: {}", *proxy, error.message),
                             "It is named by http_proxy, https_proxy or all_proxy; the agent has "
                             "an environment of its own: systemctl edit its unit."));
        found.push_back(distrusted ? bad("certificate", error)
                                   : skipped("connection", "the proxy does not let us through"));
        return found;
    }
    if (const auto poll_error = name_error(host)) {
        found.push_back(bad("name", fmt::format("{}: {}", host, *poll_error),
                            "Does this host have a name server (/etc/resolv.conf) and a network?"));
        found.push_back(skipped("connection", "the server's name is not known"));
        return found;
    }
    found.push_back(good("name", host));
    if (distrusted) found.push_back(good("connection", host));
    found.push_back(bad(distrusted ? "certificate" : "connection", error));
    return found;
}

Finding of_the_clock(const http::Response& response, TimePoint now) {
    const auto date = http::parse_date(response.header("date").value_or(""));
    if (!date) return skipped("clock", "the server does not say what time it is");
    const auto difference = std::chrono::abs(*date - now);
    const auto said = fmt::format("{} {} the server's", format_age(difference),
                                  *date > now ? "behind" : "ahead of");
    if (difference > clock_tolerance)
        return bad("clock", said, "Let the host keep time: timedatectl set-ntp true");
    return good("clock", "as the server's");
}

Finding of_the_limit(const HeadAnswer& answer, const http::Response& response) {
    if (!answer.remaining) return skipped("rate limit", "the server names none");
    const auto text = response.header("x-ratelimit-limit").value_or("");
    std::uint64_t limit = 0;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    const auto said = fmt::format("{} of {} requests are left", *answer.remaining, limit);
    if (*answer.remaining * 10 < limit)
        return bad("rate limit", said,
                   "Something else uses the same token or address; give inhaul a token of its "
                   "own.");
    return good("rate limit", said);
}

/// What the forge has against the token itself, if that is why it does not tell.
const PollError* token_error(const HeadAnswer& answer) {
    const auto* poll_error = std::get_if<PollError>(&answer.what);
    if (poll_error == nullptr) return nullptr;
    const bool about_it = poll_error->kind == PollErrorKind::bad_token ||
                          poll_error->kind == PollErrorKind::sso_required;
    return about_it ? poll_error : nullptr;
}

Finding of_the_token(const HeadAnswer& answer, bool authenticated, TimePoint now) {
    if (!authenticated) return skipped("token", "none: GitHub answers 60 times an hour");
    if (const auto* poll_error = token_error(answer))
        return bad("token", poll_error->message, poll_error->hint);
    const auto& ends = answer.token_expires;
    if (!ends) return good("token", "accepted");
    const auto said = fmt::format("accepted, until {}", format_local(*ends));
    if (*ends - now < expires_soon)
        return bad("token", said, "Make a new one, and write it into the same file.");
    return good("token", said);
}

Finding of_the_repository(const HeadAnswer& answer, const http::Response& response,
                          const Settings& settings) {
    const auto slug = settings.github->slug();
    if (forge::is_redirect(response.status))
        return bad("repository", slug + " has moved",
                   "Change `repository`; until then the new one is followed on the same host.");
    if (token_error(answer) != nullptr) return skipped("repository", "the token is not accepted");
    if (const auto* poll_error = std::get_if<PollError>(&answer.what))
        return bad("repository", poll_error->message, poll_error->hint);
    const auto* const head = std::get_if<NewHead>(&answer.what);
    return good("repository",
                fmt::format("{}, {} at {}", slug, settings.branch.text(),
                            head != nullptr ? head->commit.short_form() : std::string{"-"}));
}

/// One name may be a job's and a workflow's; the token decides which is meant.
std::string_view names_that_count(const forge::CheckReport& report) {
    return report.by_workflow
               ? "; their names are those of workflows, since this token cannot read jobs"
               : "";
}

}  // namespace

Findings of_the_forge(const Subject& subject) {
    const auto& settings = subject.settings;
    if (settings.head_source != HeadSource::github_api)
        return {skipped("token", "REST is not asked: the git protocol is")};
    auto token = SecretFiles{}.secret(settings.token_file);
    if (!token) return {bad("token", token.error())};
    const forge::HeadQuestion question{settings, std::nullopt, std::nullopt};
    const auto request = forge::head_request(question, *token);
    const auto origin = http::origin_of(request.url);
    const auto host = origin ? origin->host : request.url;
    const auto response = http::fetch(subject.client, request);
    const auto proxy = http::proxy_for(request.url);
    if (!response) return unreached(response.error(), host, proxy);
    const auto now = subject.clock.now();
    const bool authenticated = token->has_value();
    const auto answer = forge::read_head_reply(*response, question, authenticated, now);
    return {proxy ? good("proxy", *proxy) : good("name", host),
            good("connection", request.url),
            request.url.starts_with("https:") ? good("certificate", "trusted")
                                              : skipped("certificate", "there is none over http"),
            of_the_clock(*response, now),
            of_the_token(answer, authenticated, now),
            of_the_limit(answer, *response),
            of_the_repository(answer, *response, settings)};
}

Findings of_git(const Subject& subject) {
    const auto& settings = subject.settings;
    const auto head = subject.remote_head();
    if (head)
        return {good("git", fmt::format("{}, {} at {}", settings.git_url, settings.branch.text(),
                                        head->short_form()))};
    const auto& error = head.error();
    // ssh tells both as a refusal; what is to be done tells them apart.
    const bool host_key = error.hint.find("known_hosts") != std::string::npos;
    return {bad(host_key ? "host keys" : "git", error)};
}

Findings of_the_checks(const Subject& subject) {
    if (!subject.settings.require.checks) return {};
    std::optional<CommitId> head;
    if (subject.ledger && *subject.ledger)
        if (const auto watch = (*subject.ledger)->watch(subject.settings.app)) head = watch->head;
    if (!head) return {skipped("checks", "no commit is known yet, or see ledger")};
    const auto report = subject.checks_of(*head);
    if (!report) return {bad("checks", report.error())};
    return {good("checks", fmt::format("{} can be read for {}{}", report->checks.size(),
                                       head->short_form(), names_that_count(*report)))};
}

}  // namespace inhaul::setup
