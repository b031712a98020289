// SPDX-License-Identifier: Apache-2.0
#include "same_remote.hpp"

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

std::string_view without_end(std::string_view text, std::string_view end) {
    return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

std::string_view without_begin(std::string_view text, std::string_view begin) {
    return text.starts_with(begin) ? text.substr(begin.size()) : text;
}

/// `host/path`, or a path of this host.
std::string host_and_path(std::string_view url) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    url = without_begin(without_end(url, ".git"), "file://");
    if (url.starts_with('/')) return std::string{url};
    const auto joined = [](const std::string& host, std::string_view path) {
        return host + "/" + std::string{without_begin(without_begin(path, "/"), "~/")};
    };
    if (const auto parts = Url::split(url)) {
        const auto path = parts->rest();
        return joined(parts->host, percent_decoded(path).value_or(path));
    }
    const auto parts = ScpAddress::split(url);
    return parts ? joined(parts->host, parts->path) : std::string{url};
}

/// Returns the remote with which `git status` compares the branch.
std::string remote_of(git_repository* repository, const BranchName& branch) {
    Buffer name;
    if (git_branch_upstream_remote(name.get(), repository, branch.ref().c_str()) == 0)
        return std::string{name.text()};
    return "origin";
}

std::optional<std::string> tracking_ref(git_remote* remote, const BranchName& branch) {
    for (std::size_t i = 0; i < git_remote_refspec_count(remote); ++i) {
        const auto* const refspec = git_remote_get_refspec(remote, i);
        Buffer name;
        if (git_refspec_direction(refspec) != GIT_DIRECTION_FETCH ||
            git_refspec_src_matches(refspec, branch.ref().c_str()) == 0 ||
            git_refspec_transform(name.get(), refspec, branch.ref().c_str()) != 0)
            continue;
        if (name.text().starts_with("refs/remotes/")) return std::string{name.text()};
    }
    return std::nullopt;
}

}  // namespace

bool is_same_remote(std::string_view one, std::string_view other) {
    return host_and_path(one) == host_and_path(other);
}

bool has_remote(git_repository* repository, const std::string& url) {
    git_strarray names{};
    if (git_remote_list(&names, repository) != 0) return false;
    bool found = false;
    for (std::size_t i = 0; i < names.count && !found; ++i) {
        git_remote* raw = nullptr;
        const bool exists = git_remote_lookup(&raw, repository, names.strings[i]) == 0;
        const RemoteHandle remote{raw};
        const char* const theirs = exists ? git_remote_url(raw) : nullptr;
        found = theirs != nullptr && is_same_remote(theirs, url);
    }
    git_strarray_dispose(&names);
    return found;
}

Result<void> follow_remote(git_repository* repository, const BranchName& branch,
                           const std::string& url, const CommitId& head) {
    git_remote* raw = nullptr;
    const int code = git_remote_lookup(&raw, repository, remote_of(repository, branch).c_str());
    const RemoteHandle remote{raw};
    if (code != 0) return {};
    const char* const theirs = git_remote_url(raw);
    if (theirs == nullptr || !is_same_remote(theirs, url)) return {};
    const auto ref = tracking_ref(raw, branch);
    if (!ref || TRY(commit_at(repository, ref->c_str())) == head) return {};
    auto moved = set_ref(repository, *ref, head, "inhaul: fetch");
    if (moved || moved.error().code == ErrorCode::corrupt) return moved;
    log::problem(log::Level::warning, "move " + *ref, moved.error());
    return {};
}

}  // namespace inhaul::git
