// SPDX-License-Identifier: Apache-2.0
#include "switch.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>
#include "blob_writer.hpp"
#include "disk_space.hpp"
#include "index_scan.hpp"
#include "index_tree.hpp"
#include "required_filters.hpp"
#include "safe_path.hpp"
#include "writable.hpp"

namespace inhaul::git {
namespace {

/// File in the git directory: the earlier targets of a switch that has not ended, one a line.
constexpr auto earlier_targets = "inhaul.switched";
constexpr std::size_t most_targets = 20;
constexpr std::size_t most_note = 4096;

/// Collects the first error of several steps. An undo continues after an error, to restore as much
/// as possible.
class Steps {
public:
    explicit Steps(Purpose purpose) : purpose_(purpose) {}

    Result<void> did(Result<void> step) {
        if (step || purpose_ == Purpose::deploy) return step;
        if (outcome_) outcome_ = std::move(step);
        return {};
    }
    [[nodiscard]] Result<void> outcome() { return std::move(outcome_); }

private:
    Purpose purpose_;
    Result<void> outcome_;
};

std::string reason_of(const CommitId& target) {
    return "inhaul: deploy " + target.short_form();
}

std::filesystem::path earlier_file(git_repository* repository) {
    return std::filesystem::path{git_repository_path(repository)} / earlier_targets;
}

/// Keeps the targets so far when another switch begins before one has ended.
Result<void> keep_targets(git_repository* repository, const std::vector<CommitId>& targets) {
    std::string text;
    for (std::size_t i = 0; i < std::min(targets.size(), most_targets); ++i)
        text += targets[i].hex() + "\n";
    const auto file = earlier_file(repository);
    const auto known = file::read(file, most_note);
    if (known && *known == text) return {};
    return file::write_atomically(file, text, 0600);
}

/// An interrupted switch may have left files of a commit that is no longer wanted. They are
/// untracked, so a reset would keep them forever. Removes only files that equal that commit's.
Result<void> remove_stale_files(git_repository* repository, const CommitId& given_up,
                                const CommitId& target, Purpose purpose) {
    if (given_up == target || !has_commit(repository, given_up)) return {};
    auto tree = TRY(IndexScan::scan(repository));
    const auto wanted = TRY(tree_of(repository, target));
    const auto found = tree.changes_to(given_up);
    // A refused commit was never written.
    if (!found && found.error().code == ErrorCode::refused) return {};
    const auto changes = TRY(found);
    auto rules = TRY(Rules::of(repository, given_up));
    tree.sweep(changes);
    Steps steps{purpose};
    for (const auto& [path, left] : changes) {
        const bool tracked = git_index_get_bypath(tree.index(), path.c_str(), 0) != nullptr;
        if (!left || tracked || TRY(tree_entry_at(wanted.get(), path))) continue;
        if (TRY(is_on_disk(tree.root(), rules, path, *left)))
            TRY(steps.did(tree.root().remove(path)));
    }
    return steps.outcome();
}

tl::unexpected<Error> cannot_hold(const std::string& what, const std::string& path,
                                  std::string_view reason) {
    return fail(ErrorCode::refused,
                fmt::format("the commit's {} {} {}", what, printable(path), reason),
                "Remove it from the repository. Git does not check it out either.");
}

/// Checks that symlink(2) accepts the target.
Result<void> check_link(git_odb* objects, const std::string& path, const TreeEntry& link) {
    std::size_t size = 0;
    git_object_t type{};
    const auto intent = "read " + printable(path);
    TRY(checked(git_odb_read_header(&size, &type, objects, &link.id), intent));
    if (size == 0) return cannot_hold("link", path, "has an empty target");
    if (size >= PATH_MAX) return cannot_hold("link", path, "has a target that is too long");
    git_odb_object* raw = nullptr;
    TRY(checked(git_odb_read(&raw, objects, &link.id), intent));
    const Handle<git_odb_object, git_odb_object_free> target{raw};
    if (std::memchr(git_odb_object_data(raw), 0, size) != nullptr)
        return cannot_hold("link", path, "has a target that contains a NUL byte");
    return {};
}

bool is_file(const TreeEntry& wanted) {
    return wanted.mode == GIT_FILEMODE_BLOB || wanted.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/// Limits the size, since files are written from memory, and a small pack can contain huge ones.
Result<void> check_size(git_odb* objects, const std::string& path, const TreeEntry& wanted) {
    std::size_t size = 0;
    git_object_t type{};
    TRY(checked(git_odb_read_header(&size, &type, objects, &wanted.id), "read " + printable(path)));
    if (size <= limits::file_bytes) return {};
    return fail(ErrorCode::refused,
                fmt::format("the commit's file {} has {} bytes; the limit is {}", printable(path),
                            size, limits::file_bytes),
                "Store such files elsewhere, and download them in a hook.");
}

/// Checks all paths before any file changes.
Result<void> check_paths(git_odb* objects, const Changes& changes, std::size_t longest) {
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        const bool is_link = wanted->mode == GIT_FILEMODE_LINK;
        if (const auto reason = unsafe_path(path, is_link))
            return cannot_hold("path", path, *reason);
        if (path.size() > longest)
            return fail(ErrorCode::refused,
                        fmt::format("the commit's path {} is too long below this directory",
                                    printable(path)),
                        "Set `directory` to a shorter path.");
        if (is_link) TRY(check_link(objects, path, *wanted));
        if (is_file(*wanted)) TRY(check_size(objects, path, *wanted));
    }
    return {};
}

Result<void> write_one(IndexScan& tree, BlobWriter& writer, const std::string& path,
                       const TreeEntry& wanted, IndexScan* like) {
    const bool shared = like != nullptr && is_file(wanted) && like->has(path, wanted) &&
                        TRY(tree.root().share(like->root(), path));
    if (!shared) TRY(writer.write(tree.root(), path, wanted));
    return tree.note(path, wanted);
}

/// Crash points are between all steps. The index is written last, so an interrupted change still
/// shows as a difference and is repeated.
Result<void> apply(IndexScan& tree, BlobWriter& writer, const Changes& changes, IndexScan* like,
                   Purpose purpose) {
    Steps steps{purpose};
    TRY(checked(git_index_conflict_cleanup(tree.index()), "end the merge in the index"));
    tree.sweep(changes);
    for (const auto& [path, wanted] : changes) {
        if (wanted) continue;
        TRY(steps.did(tree.root().remove(path)));
        TRY(tree.note(path, std::nullopt));
    }
    for (const auto& [path, wanted] : changes)
        if (wanted) TRY(steps.did(write_one(tree, writer, path, *wanted, like)));
    return steps.outcome();
}

/// Does not rewrite a correct ref: a write would fail on a full disk.
Result<void> point(git_repository* repository, const std::string& ref, const CommitId& target,
                   const std::string& reason) {
    if (TRY(commit_at(repository, ref.c_str())) == target) return {};
    return set_ref(repository, ref, target, reason);
}

Result<void> move_branch(git_repository* repository, const BranchName& branch,
                         const CommitId& target, const std::string& reason) {
    if (!is_checked_out(repository, branch))
        TRY(checked(git_repository_set_head(repository, branch.ref().c_str()), "set HEAD"));
    // This ends an unfinished merge or rebase.
    TRY(checked(git_repository_state_cleanup(repository), "end the unfinished git operation"));
    return point(repository, branch.ref(), target, reason);
}

/// Returns true if both have the same attributes. Otherwise the same blob may be another file on
/// disk.
bool same_attributes(const Changes& changes, const IndexScan& like) {
    for (const auto& [path, wanted] : changes)
        if (wanted && is_attributes_file(path) && !like.has(path, *wanted)) return false;
    for (std::size_t i = 0; i < git_index_entrycount(like.index()); ++i) {
        const std::string path{git_index_get_byindex(like.index(), i)->path};
        if (is_attributes_file(path) && changes.find(path) == changes.end()) return false;
    }
    return true;
}

/// Adds files whose blob is unchanged, but which new attributes convert in another way.
Result<void> add_reconverted_files(git_repository* repository, IndexScan& tree,
                                   const CommitId& target, Changes& changes) {
    if (std::none_of(changes.begin(), changes.end(),
                     [](const auto& change) { return is_attributes_file(change.first); }))
        return {};
    auto rules = TRY(Rules::of(repository, target));
    for (std::size_t i = 0; i < git_index_entrycount(tree.index()); ++i) {
        const auto* const entry = git_index_get_byindex(tree.index(), i);
        const TreeEntry wanted{entry->id, static_cast<git_filemode_t>(entry->mode)};
        if (!is_file(wanted) || changes.count(entry->path) > 0) continue;
        const auto content = tree.root().read_file(entry->path);
        if (!content || *content != TRY(rules.to_disk(entry->path, entry->id)))
            changes.emplace(entry->path, wanted);
    }
    return {};
}

/// Returns the changes that are not shared with `like`.
Changes to_write(Changes changes, const IndexScan* like) {
    if (like != nullptr)
        std::erase_if(changes, [&](const auto& change) {
            const auto& [path, wanted] = change;
            return wanted && is_file(*wanted) && like->has(path, *wanted);
        });
    return changes;
}

/// libgit2 joins the two paths; git has the same limit.
std::size_t longest_below(const SafeDirectory& root) {
    const auto beside = root.directory().string().size() + 2;
    return beside < PATH_MAX ? PATH_MAX - beside : 0;
}

}  // namespace

Result<void> check_commit(git_repository* repository, const CommitId& target,
                          const Changes& changes, std::size_t longest) {
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const Handle<git_odb, git_odb_free> objects{raw};
    TRY(check_objects(repository, changes));
    TRY(check_paths(raw, changes, longest));
    auto writer = TRY(BlobWriter::of(repository, target));
    return check_required_filters(repository, writer.rules(), changes);
}

Result<void> check_tree(git_repository* repository, IndexScan& tree, const CommitId& target,
                        const Changes& changes) {
    auto& root = tree.root();
    TRY(check_commit(repository, target, changes, longest_below(root)));
    TRY(check_writable(root, changes));
    return check_space(repository, root, changes);
}

Result<void> write_tree(git_repository* repository, IndexScan tree, const CommitId& target,
                        IndexScan* like, Purpose purpose) {
    auto changes = TRY(tree.changes_to(target));
    TRY(add_reconverted_files(repository, tree, target, changes));
    if (purpose == Purpose::undo && changes.empty()) {
        tree.sweep(changes);
        tree.root().finish();
        return {};
    }
    TRY(check_commit(repository, target, changes, longest_below(tree.root())));
    auto writer = TRY(BlobWriter::of(repository, target));
    if (like != nullptr && !same_attributes(changes, *like)) like = nullptr;
    if (purpose == Purpose::deploy)
        TRY(check_space(repository, tree.root(), to_write(changes, like)));
    TRY(apply(tree, writer, changes, like, purpose));
    // Sync the files before the index lists them.
    TRY(file::sync_file_system(git_repository_workdir(repository)));
    TRY(tree.save(target));
    tree.root().finish();
    return {};
}

Result<std::optional<CommitId>> switch_target(git_repository* repository) {
    return commit_at(repository, own_refs::switching);
}

Result<std::vector<CommitId>> switch_targets(git_repository* repository) {
    std::vector<CommitId> targets;
    const auto current = TRY(switch_target(repository));
    if (!current) return targets;
    const auto add = [&](const CommitId& commit) {
        const bool known = std::find(targets.begin(), targets.end(), commit) != targets.end();
        if (!known && has_commit(repository, commit)) targets.push_back(commit);
    };
    add(*current);
    const auto earlier = file::read(earlier_file(repository), most_note).value_or("");
    for (const auto line : lines_of(earlier))
        if (const auto commit = CommitId::parse(line)) add(*commit);
    return targets;
}

Result<void> begin_switch(git_repository* repository, const CommitId& target,
                          std::optional<IndexScan>& seen, Purpose purpose) {
    const auto earlier = TRY(switch_targets(repository));
    for (const auto& given_up : earlier) {
        TRY(remove_stale_files(repository, given_up, target, purpose));
        seen.reset();
    }
    if (!seen) seen = TRY(IndexScan::scan(repository));
    TRY(check_commit(repository, target, TRY(seen->changes_to(target)),
                     longest_below(seen->root())));
    if (earlier.empty())
        ::unlink(earlier_file(repository).c_str());  // of a switch that ended
    else if (const auto kept = keep_targets(repository, earlier); purpose == Purpose::deploy)
        TRY(kept);  // an undo continues on a full disk
    return set_ref(repository, own_refs::switching, target, reason_of(target));
}

Result<void> end_switch(git_repository* repository, const BranchName& branch,
                        const CommitId& target) {
    TRY(point(repository, own_refs::live, target, reason_of(target)));
    TRY(move_branch(repository, branch, target, reason_of(target)));
    TRY(remove_ref(repository, own_refs::switching));
    ::unlink(earlier_file(repository).c_str());
    // Sync before the ledger records the switch.
    return file::sync_file_system(git_repository_path(repository));
}

}  // namespace inhaul::git
