// SPDX-License-Identifier: Apache-2.0
#include "objects.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <git/repair/integrity.hpp>
#include <git/repair/rebuild.hpp>
#include <git/transport/fetching.hpp>
#include "history.hpp"
#include "lfs.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

}  // namespace

Result<bool> Objects::has(const CommitId& commit) {
    return is_here(repository(), commit);
}

Result<CommitId> Objects::resolve(const std::string& name) {
    if (name.size() < 4 || name.size() > GIT_OID_HEXSZ || !is_hex(name))
        return fail(Error{
            ErrorCode::usage, fmt::format("{} is not a commit ID", printable(name)),
            fmt::format("Use at least four hexadecimal digits. For the commit of a tag, run: {}",
                        git_command_for(repository(), "rev-parse " + shell_word(printable(name)))),
            false, ErrorReason::no_such_commit});
    git_oid prefix{};
    TRY(checked(git_oid_fromstrn(&prefix, name.data(), name.size()), "read " + name));
    git_commit* raw = nullptr;
    const int code = git_commit_lookup_prefix(&raw, repository(), &prefix, name.size());
    const CommitHandle commit{raw};
    if (code == GIT_EAMBIGUOUS)
        return fail(Error{ErrorCode::usage,
                          fmt::format("{} is ambiguous: several commits begin with it", name),
                          "Use more digits.", false, ErrorReason::no_such_commit});
    if (code != 0 && code != GIT_ENOTFOUND) TRY(checked(code, "find the commit " + name));
    if (code != 0) {
        TRY(check_history(repository()));
        return fail(Error{ErrorCode::not_found,
                          fmt::format("no fetched branch or tag contains {}", name),
                          "Push it to a branch or tag. Then run: " +
                              git_command_for(repository(), "fetch --tags origin"),
                          false, ErrorReason::no_such_commit});
    }
    return id_from(*git_commit_id(raw));
}

Result<bool> Objects::is_fetched(const CommitId& commit) {
    return in_fetched_branch(repository(), branch_, commit);
}

Result<CommitSummary> Objects::summary(const CommitId& commit) {
    return summary_of(repository(), commit);
}

Result<std::string> Objects::message(const CommitId& commit) {
    return message_of(repository(), commit);
}

Result<bool> Objects::descends(const CommitId& commit, const CommitId& ancestor) {
    return git::descends(repository(), commit, ancestor);
}

Result<bool> Objects::differ_below(const CommitId& one, const CommitId& other,
                                   const std::vector<std::string>& paths) {
    return git::differ_below(repository(), one, other, paths);
}

Result<bool> Objects::same_tree(const CommitId& one, const CommitId& other) {
    return git::same_tree(repository(), one, other);
}

Result<bool> Objects::related(const CommitId& one, const CommitId& other) {
    return git::related(repository(), one, other);
}

Result<std::optional<Repository::Signature>> Objects::signature(const CommitId& commit) {
    return signature_of(repository(), commit);
}

Result<std::vector<std::string>> Objects::lfs_pointers(const std::optional<CommitId>& from,
                                                       const CommitId& to, std::size_t limit) {
    return lfs_pointers_of(repository(), from, to, limit);
}

Result<void> Objects::fetch_submodules(const CommitId& commit, const OnProgress& progress) {
    return git::fetch_submodules(superproject(commit), commit, progress);
}

Result<std::vector<Repository::LogEntry>> Objects::log(const std::optional<CommitId>& from,
                                                       const CommitId& to, std::size_t limit) {
    return log_of(repository(), from, to, limit);
}

Result<std::vector<Repository::ChangedFile>> Objects::changed_files(
    const std::optional<CommitId>& from, const CommitId& to) {
    return changed_files_of(repository(), from, to);
}

Result<CommitId> Objects::fetch_objects(const OnProgress& progress,
                                        const std::optional<CommitId>& known_head) {
    if (known_head && git_protocol(access_.url) == GitProtocol::http) {
        FetchContext context{
            .access = access_, .branch = branch_, .progress = &progress, .known_head = known_head};
        auto head = fetch_head(repository(), context);
        // Without an error of the transport, the server just does not serve that commit: ask for
        // the head.
        if (head || context.failure) return head;
    }
    FetchContext context{.access = access_, .branch = branch_, .progress = &progress};
    return fetch_head(repository(), context);
}

Result<void> Objects::rebuild_at(const std::filesystem::path& git_directory, bool bare) {
    const OnProgress no_progress;
    FetchContext context{.access = access_, .branch = branch_, .progress = &no_progress};
    return rebuild({git_directory, bare, branch_, access_.url},
                   [&](git_repository* repository) -> Result<void> {
                       (void)TRY(fetch_head(repository, context));
                       return {};
                   });
}

}  // namespace inhaul::git
