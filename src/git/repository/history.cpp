// SPDX-License-Identifier: Apache-2.0
#include "history.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <git/checkout/tree_changes.hpp>
#include <git/repair/integrity.hpp>
#include "own_names.hpp"
#include "signed_commit.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

/// Returns the entry for a file or a directory.
Result<TreeEntryHandle> entry_at(git_tree* tree, const std::string& path) {
    git_tree_entry* raw = nullptr;
    const int code = git_tree_entry_bypath(&raw, tree, path.c_str());
    TreeEntryHandle entry{raw};
    if (code != GIT_ENOTFOUND)
        TRY(checked(code, fmt::format("find {} in the commit", printable(path))));
    return entry;
}

bool differ(const git_tree_entry* one, const git_tree_entry* other) {
    if (one == nullptr || other == nullptr) return one != other;
    return git_tree_entry_filemode(one) != git_tree_entry_filemode(other) ||
           git_oid_equal(git_tree_entry_id(one), git_tree_entry_id(other)) == 0;
}

}  // namespace

Result<CommitSummary> summary_of(git_repository* repository, const CommitId& commit) {
    const auto found = TRY(find_commit(repository, commit));
    const auto* const author = git_commit_author(found.get());
    const auto* const subject = git_commit_summary(found.get());
    return CommitSummary{.author = author == nullptr ? "" : author->name,
                         .subject = subject == nullptr ? "" : subject,
                         .committed = from_unix_time(git_commit_time(found.get()))};
}

Result<std::string> message_of(git_repository* repository, const CommitId& commit) {
    const auto found = TRY(find_commit(repository, commit));
    const auto* const text = git_commit_message(found.get());
    return std::string{text == nullptr ? "" : text};
}

Result<bool> same_tree(git_repository* repository, const CommitId& one, const CommitId& other) {
    if (!TRY(is_here(repository, one))) return false;
    const auto first = TRY(tree_of(repository, one));
    const auto second = TRY(tree_of(repository, other));
    return git_oid_equal(git_tree_id(first.get()), git_tree_id(second.get())) != 0;
}

Result<bool> related(git_repository* repository, const CommitId& one, const CommitId& other) {
    if (!TRY(is_here(repository, one)) || !TRY(is_here(repository, other))) return false;
    git_oid base{};
    const auto first = oid_from(one);
    const auto second = oid_from(other);
    const int code = git_merge_base(&base, repository, &first, &second);
    if (code != GIT_ENOTFOUND) {
        TRY(checked(code, "compare the histories"));
        return true;
    }
    // libgit2 returns the same code if a commit of the history is missing.
    TRY(check_history(repository));
    return false;
}

Result<bool> in_fetched_branch(git_repository* repository, const BranchName& branch,
                               const CommitId& commit) {
    struct Heads {
        std::string own;
        std::vector<git_oid> found;
    } heads{.own = own_refs::fetched_as(branch.text())};
    const auto add = [](git_reference* raw, void* to) {
        const Handle<git_reference, git_reference_free> ref{raw};
        auto& [own, found] = *static_cast<Heads*>(to);
        const std::string_view name{git_reference_name(raw)};
        // Earlier builds saved commits of users there.
        const bool saved = name.starts_with(own_refs::saved_before) && name != own;
        const bool fetched = name.starts_with(own_refs::fetched) ||
                             name.starts_with("refs/remotes/") || name.starts_with("refs/tags/");
        git_object* peeled = nullptr;
        if (!fetched || saved || git_reference_peel(&peeled, raw, GIT_OBJECT_COMMIT) != 0) return 0;
        const Handle<git_object, git_object_free> commit_object{peeled};
        found.push_back(*git_object_id(peeled));
        return 0;
    };
    TRY(checked(git_reference_foreach(repository, add, &heads), "read the refs"));
    const auto id = oid_from(commit);
    const int answer =
        git_graph_reachable_from_any(repository, &id, heads.found.data(), heads.found.size());
    TRY(checked(answer, "compare the histories"));
    // If a commit is missing, libgit2 may stop early and answer no.
    if (answer == 0) TRY(check_history(repository));
    return answer == 1;
}

Result<bool> descends(git_repository* repository, const CommitId& commit,
                      const CommitId& ancestor) {
    if (commit == ancestor) return true;
    if (!TRY(is_here(repository, ancestor))) return false;
    const auto id = oid_from(commit);
    const auto of = oid_from(ancestor);
    const int answer = git_graph_descendant_of(repository, &id, &of);
    TRY(checked(answer, "compare the histories"));
    // If a commit is missing, libgit2 may stop early and answer no.
    if (answer == 0) TRY(check_history(repository));
    return answer == 1;
}

Result<bool> differ_below(git_repository* repository, const CommitId& one, const CommitId& other,
                          const std::vector<std::string>& paths) {
    if (!TRY(is_here(repository, one))) return true;
    const auto first = TRY(tree_of(repository, one));
    const auto second = TRY(tree_of(repository, other));
    for (const auto& path : paths) {
        const auto before = TRY(entry_at(first.get(), path));
        const auto after = TRY(entry_at(second.get(), path));
        if (differ(before.get(), after.get())) return true;
    }
    return false;
}

Result<std::vector<Repository::LogEntry>> log_of(git_repository* repository,
                                                 const std::optional<CommitId>& from,
                                                 const CommitId& to, std::size_t limit) {
    git_revwalk* raw = nullptr;
    TRY(checked(git_revwalk_new(&raw, repository), "walk the history"));
    const Handle<git_revwalk, git_revwalk_free> walk{raw};
    TRY(checked(git_revwalk_sorting(raw, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME),
                "walk the history"));
    const auto begin = oid_from(to);
    TRY(checked(git_revwalk_push(raw, &begin), "walk the history"));
    if (from && TRY(is_here(repository, *from))) {
        const auto end = oid_from(*from);
        TRY(checked(git_revwalk_hide(raw, &end), "walk the history"));
    }
    std::vector<Repository::LogEntry> entries;
    git_oid next{};
    int code = 0;
    while (entries.size() < limit && (code = git_revwalk_next(&next, raw)) == 0) {
        const auto commit = id_from(next);
        entries.push_back({commit, TRY(summary_of(repository, commit))});
    }
    if (code != GIT_ITEROVER) TRY(checked(code, "walk the history"));
    return entries;
}

Result<std::vector<Repository::ChangedFile>> changed_files_of(git_repository* repository,
                                                              const std::optional<CommitId>& from,
                                                              const CommitId& to) {
    TreeHandle before;
    if (from && TRY(is_here(repository, *from))) before = TRY(tree_of(repository, *from));
    const auto after = TRY(tree_of(repository, to));
    std::vector<Repository::ChangedFile> files;
    for (const auto& [path, wanted] : TRY(tree_changes(repository, before.get(), after.get()))) {
        const bool was = TRY(tree_entry_at(before.get(), path)).has_value();
        files.push_back({wanted ? (was ? 'M' : 'A') : 'D', path});
    }
    return files;
}

Result<std::optional<Repository::Signature>> signature_of(git_repository* repository,
                                                          const CommitId& commit) {
    const auto operation = "read the signature of " + commit.short_form();
    const auto id = oid_from(commit);
    git_odb* objects = nullptr;
    TRY(checked(git_repository_odb(&objects, repository), operation));
    const Handle<git_odb, git_odb_free> open{objects};
    git_odb_object* raw = nullptr;
    TRY(checked(git_odb_read(&raw, objects, &id), operation));
    const Handle<git_odb_object, git_odb_object_free> object{raw};
    return split_signature(
        {static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw)});
}

}  // namespace inhaul::git
