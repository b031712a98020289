// SPDX-License-Identifier: Apache-2.0
#include "smart_http.hpp"

#include <array>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "packet_line.hpp"

namespace inhaul::git {
namespace {

constexpr std::string_view refs_path{"/info/refs?service=git-upload-pack"};
constexpr std::string_view service_path{"/git-upload-pack"};
constexpr std::size_t largest_listing = 64 * 1024 * 1024;
constexpr std::size_t most_explanation = 4 * 1024;
constexpr int most_redirects = 3;

std::string without_final_slash(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

/// Adds the capability no-progress to the first line: libgit2 cannot request it, and nobody would
/// read the progress.
std::string without_progress(std::string request) {
    constexpr std::string_view multiplexed{" side-band-64k"};
    constexpr std::string_view wish{" no-progress"};
    const auto line = PacketReader{request}.next();
    if (!line || !*line || !(*line)->text.starts_with("want ")) return request;
    const auto at = (*line)->text.find(multiplexed);
    if (at == std::string_view::npos) return request;
    std::string wanted{(*line)->text};
    const auto end = request.find('\n') + 1;
    wanted.insert(at, wish);
    return packet_line(wanted + "\n") + request.substr(end);
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Error missing_branch(const std::string& url, const BranchName& branch, bool has_branches) {
    if (!has_branches)
        return {ErrorCode::not_found, fmt::format("{} is empty: nothing has been pushed yet", url),
                fmt::format("Push the branch {}.", branch.text()), false,
                ErrorReason::empty_repository};
    return {ErrorCode::not_found, fmt::format("{} has no branch {}", url, branch.text()),
            "Push it, or change `branch`.", false, ErrorReason::no_branch};
}

SmartHttp::SmartHttp(const Access& access)
    : access_(access),
      url_(without_final_slash(access.url)),
      session_({.connect = access.limits.connect,
                .silence = access.limits.silence,
                .least_within = access.limits.drip}) {}

http::Request SmartHttp::request(std::string_view path, const std::optional<std::string>& body,
                                 Version version) const {
    http::Request request{.url = url_ + std::string{path}, .ca_file = access_.ca_file};
    if (access_.token) request.login = {"x-access-token", *access_.token};
    if (version == Version::two) request.headers.emplace_back("Git-Protocol: version=2");
    if (body) {
        request.headers.emplace_back("Content-Type: application/x-git-upload-pack-request");
        request.headers.emplace_back("Accept: application/x-git-upload-pack-result");
        request.headers.emplace_back("Expect:");
        request.body = body;
    }
    return request;
}

Result<void> SmartHttp::follow(const http::Response& answer, std::string_view path) {
    const auto location = answer.header("location").value_or("");
    std::string target{location};
    if (const auto url = Url::split(url_); url && target.starts_with('/'))
        target = url->base() + target;
    if (http::origin_of(target) != http::origin_of(url_) || !target.ends_with(path))
        return fail(ErrorCode::configuration,
                    fmt::format("fetch {}: the server redirects to {}", access_.url,
                                printable(location, 200)),
                    "The repository has moved. If you trust the new URL, write it to the settings. "
                    "inhaul sends no token to another host.");
    url_ = target.substr(0, target.size() - path.size());
    log::warning("the repository has moved", {{"from", access_.url}, {"to", url_}});
    return {};
}

/// Returns the error for a status, with the server's explanation if it sends one as text.
Error SmartHttp::refusal(const http::Response& answer) {
    const int status = answer.status;
    const bool said = answer.header("content-type").value_or("").starts_with("text/plain");
    const auto words = said ? rest_of_answer(most_explanation).value_or("") : std::string{};
    const auto because = trimmed(words).empty()
                             ? std::string{}
                             : fmt::format(": {}", printable(trimmed(words), 200));
    const auto error = [&](ErrorCode code, std::string_view what, std::string hint) {
        return Error{code, fmt::format("fetch {}: {} ({}){}", access_.url, what, status, because),
                     std::move(hint), status >= 500 || status == 429};
    };
    switch (status) {
        case 401:
            return access_.token ? error(ErrorCode::authentication, "the server rejects the token",
                                         "Create a new token with Contents: read for this "
                                         "repository, and write it to auth.token_file.")
                                 : error(ErrorCode::authentication, "authentication required",
                                         "Set auth.token_file to a file with a token. A missing "
                                         "repository gives the same error.");
        case 403:
            return error(ErrorCode::authentication, "access is denied",
                         access_.token ? "Give the token Contents: read for this repository."
                                       : "Set auth.token_file to a file with a token.");
        case 404:
        case 410:
            return error(ErrorCode::not_found, "no such repository",
                         access_.token
                             ? "Check the URL, and the permissions of the token."
                             : "Check the URL. For a private repository, set auth.token_file.");
        case 407:
            return error(ErrorCode::configuration, "the proxy requires authentication",
                         "Add user and password to http_proxy or https_proxy.");
        case 429:
            return error(ErrorCode::network, "too many requests", {});
        default:
            return status >= 500
                       ? error(ErrorCode::network, "the server failed", {})
                       : error(ErrorCode::protocol, "the response is not that of a git server", {});
    }
}

Result<void> SmartHttp::judge(const http::Response& answer) {
    if (answer.status != 200) return fail(refusal(answer));
    const auto type = answer.header("content-type").value_or("");
    if (type.starts_with("application/x-git-upload-pack-")) return {};
    return fail(ErrorCode::protocol,
                fmt::format("fetch {}: not a git repository: the response has the type {}",
                            access_.url, type.empty() ? "nothing" : printable(type, 80)),
                "Use the URL of the repository, not that of a web page about it.");
}

Result<void> SmartHttp::ask(std::string_view path, const std::optional<std::string>& body,
                            Version version) {
    for (int redirects = 0;; ++redirects) {
        const auto intent = "fetch " + access_.url;
        const auto answer = TRY_WITHIN(intent, session_.ask(request(path, body, version)));
        if (!is_redirect(answer.status) || redirects == most_redirects) return judge(answer);
        TRY(follow(answer, path));
    }
}

Result<std::string> SmartHttp::rest_of_answer(std::size_t most) {
    std::string text;
    std::array<char, 16 * 1024> buffer{};
    while (const auto count = TRY(read(buffer.data(), buffer.size()))) {
        if (count > most - text.size())
            return fail(
                ErrorCode::refused,
                fmt::format("fetch {}: the response is larger than {} bytes", access_.url, most));
        text.append(buffer.data(), count);
    }
    return text;
}

Result<RefListing> SmartHttp::list_in_version_two(const BranchName& branch,
                                                  std::string_view prefix) {
    TRY(ask(service_path, ls_refs_request(prefix), Version::two));
    const auto answer = TRY(rest_of_answer(largest_listing));
    return TRY_WITHIN("fetch " + access_.url, read_ls_refs(answer, branch));
}

Result<RefListing> SmartHttp::list_as_of_old(const BranchName& branch) {
    TRY(ask(refs_path, std::nullopt, Version::zero));
    const auto answer = TRY(rest_of_answer(largest_listing));
    return TRY_WITHIN("fetch " + access_.url, read_advertisement(answer, branch));
}

Result<RefListing> SmartHttp::list(const BranchName& branch, std::string_view prefix) {
    if (knows_version_two_) {
        auto listing = list_in_version_two(branch, prefix);
        if (listing || listing.error().code != ErrorCode::protocol) return listing;
        knows_version_two_ = false;
    }
    return list_as_of_old(branch);
}

Result<CommitId> SmartHttp::head_of(const BranchName& branch) {
    auto listing = TRY(list(branch, branch.ref()));
    if (listing.head) return *listing.head;
    if (!listing.has_branches) listing = TRY(list(branch, "refs/heads/"));
    if (listing.head) return *listing.head;
    return fail(missing_branch(access_.url, branch, listing.has_branches));
}

Result<void> SmartHttp::upload_pack(std::string body) {
    return ask(service_path, without_progress(std::move(body)), Version::zero);
}

Result<std::size_t> SmartHttp::read(char* buffer, std::size_t size) {
    return TRY_WITHIN("fetch " + access_.url, session_.read(buffer, size));
}

}  // namespace inhaul::git
