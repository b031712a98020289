#include <inhaul/git/repository.hpp>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include "history.hpp"
#include "lfs.hpp"
#include "local_edits.hpp"
#include "opening.hpp"
#include "rebuild.hpp"
#include "remote.hpp"
#include "switch.hpp"
#include "tree.hpp"
#include "tree_changes.hpp"
#include "work_tree.hpp"

namespace inhaul::git {
namespace {

constexpr std::size_t largest_exclude = 1024 * 1024;

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

/// What matches exactly this path in an exclude file.
std::string literal_pattern(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        if (std::string_view{"\\*?[ "}.find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

class Checkout final : public Repository {
public:
    Checkout(fs::path directory, BranchName branch, Access access)
        : directory_(std::move(directory)),
          branch_(std::move(branch)),
          access_(std::move(access)) {}

    Result<void> open() override {
        return mended([this] { return open_as_it_is(); });
    }

    Result<CommitId> fetch(const OnProgress& progress,
                           const std::optional<CommitId>& told) override {
        return mended([&] { return fetch_as_it_is(progress, told); });
    }

    Result<bool> has(const CommitId& commit) override { return has_commit(repository(), commit); }

    Result<CommitId> resolve(const std::string& name) override {
        if (name.size() < 4 || name.size() > GIT_OID_HEXSZ || !is_hex(name))
            return fail(ErrorCode::usage, fmt::format("{} is no commit's name", printable(name)),
                        "Give at least four hex digits of it.");
        git_oid prefix{};
        TRY(checked(git_oid_fromstrn(&prefix, name.data(), name.size()), "read " + name));
        git_commit* raw = nullptr;
        const int code = git_commit_lookup_prefix(&raw, repository(), &prefix, name.size());
        const CommitHandle commit{raw};
        if (code == GIT_EAMBIGUOUS)
            return fail(ErrorCode::usage, fmt::format("{} names several commits", name),
                        "Give more digits.");
        if (code != 0)
            return fail(ErrorCode::not_found,
                        fmt::format("no commit {} in the branch {}", name, branch_.text()));
        return id_from(*git_commit_id(raw));
    }

    Result<CommitSummary> summary(const CommitId& commit) override {
        return summary_of(repository(), commit);
    }

    Result<std::string> message(const CommitId& commit) override {
        return message_of(repository(), commit);
    }
    Result<bool> descends(const CommitId& commit, const CommitId& ancestor) override {
        return git::descends(repository(), commit, ancestor);
    }
    Result<bool> differ_below(const CommitId& one, const CommitId& other,
                              const std::vector<std::string>& paths) override {
        return git::differ_below(repository(), one, other, paths);
    }
    Result<std::optional<Signature>> signature(const CommitId& commit) override {
        return signature_of(repository(), commit);
    }
    Result<std::vector<std::string>> lfs_pointers(const std::optional<CommitId>& from,
                                                  const CommitId& to, std::size_t limit) override {
        return lfs_pointers_of(repository(), from, to, limit);
    }
    Result<bool> has_submodules(const CommitId& commit) override {
        const auto tree = TRY(tree_of(repository(), commit));
        return git_tree_entry_byname(tree.get(), ".gitmodules") != nullptr;
    }
    Result<std::vector<LogEntry>> log(const std::optional<CommitId>& from, const CommitId& to,
                                      std::size_t limit) override {
        return log_of(repository(), from, to, limit);
    }
    Result<std::vector<ChangedFile>> changed_files(const std::optional<CommitId>& from,
                                                   const CommitId& to) override {
        return changed_files_of(repository(), from, to);
    }

    Result<std::optional<CommitId>> head() override { return commit_at(repository(), "HEAD"); }

    Result<bool> same_tree(const CommitId& one, const CommitId& other) override {
        return git::same_tree(repository(), one, other);
    }
    Result<bool> related(const CommitId& one, const CommitId& other) override {
        return git::related(repository(), one, other);
    }

    Result<Comparison> compare(const CommitId& target) override {
        return mended([&] { return compare_as_it_is(target); });
    }

    Result<std::vector<std::string>> save_local_edits(const CommitId& target,
                                                      const fs::path& directory) override {
        return mended([&]() -> Result<std::vector<std::string>> {
            if (!seen_) seen_ = TRY(WorkTree::look(repository()));
            return save_edits(repository(), *seen_, branch_, target, directory);
        });
    }

    Result<void> switch_to(const CommitId& target) override {
        return mended([&] {
            return switch_tree(repository(), branch_, target, std::exchange(seen_, std::nullopt));
        });
    }

    Result<bool> write_stamp(const fs::path& stamp, const CommitId& commit,
                             TimePoint time) override {
        const auto tree = TRY(tree_of(repository(), commit));
        git_tree_entry* raw = nullptr;
        const bool tracked = git_tree_entry_bypath(&raw, tree.get(), stamp.c_str()) == 0;
        const TreeEntryHandle entry{raw};
        if (tracked) return false;
        TRY(make_stamp_directory(stamp));
        TRY(exclude(stamp));
        TRY(file::write_atomically(directory_ / stamp,
                                   fmt::format("{} {}\n", format_utc(time), commit.hex()), 0644));
        return true;
    }

private:
    [[nodiscard]] git_repository* repository() const { return opened_.repository.get(); }

    Result<void> open_as_it_is() {
        seen_.reset();
        opened_ = {};
        opened_ = TRY(open_directory(directory_, branch_, access_.url));
        return {};
    }

    Result<CommitId> fetch_as_it_is(const OnProgress& progress,
                                    const std::optional<CommitId>& told) {
        if (told && access_.url.starts_with("http")) {
            Conversation conversation{
                .access = access_, .branch = branch_, .progress = &progress, .told = told};
            auto head = fetch_head(repository(), conversation);
            // What the transport has not complained of: a server that does not give that commit.
            if (head || conversation.failure) return head;
        }
        Conversation conversation{.access = access_, .branch = branch_, .progress = &progress};
        return fetch_head(repository(), conversation);
    }

    Result<Comparison> compare_as_it_is(const CommitId& target) {
        Comparison comparison;
        const auto now = TRY(head());
        comparison.head_is_target = now == target && is_checked_out(repository(), branch_);
        seen_.reset();
        auto tree = TRY(WorkTree::look(repository()));
        comparison.edited = TRY(tree.changes_to(now)).size();
        comparison.tree_is_target =
            now == target ? comparison.edited == 0 : TRY(tree.changes_to(target)).empty();
        TRY(tree.save_looks());
        seen_ = std::move(tree);
        return comparison;
    }

    Result<CommitId> fetch_head(git_repository* repository, Conversation& conversation) {
        auto remote = TRY(remote_for(access_, repository));
        auto connection = TRY(Connection::open(std::move(remote), conversation));
        auto head = TRY(connection.head());
        const auto ref = "refs/inhaul/" + branch_.text();
        const auto before = TRY(commit_at(repository, ref.c_str()));
        if (before == head && has_commit(repository, head)) return head;
        TRY(connection.download());
        TRY_WITHIN("fetch " + access_.url, check_received(repository, head, before));
        TRY(set_ref(repository, ref, head, "inhaul: fetch"));
        return head;
    }

    /// Nothing is named that is not whole. What is not may be damage here, as the server leaves out
    /// what it believes to be here.
    static Result<void> check_received(git_repository* repository, const CommitId& head,
                                       const std::optional<CommitId>& before) {
        if (!has_commit(repository, head))
            return fail(ErrorCode::corrupt,
                        fmt::format("the server names the commit {}, and does not send it",
                                    head.short_form()));
        TreeHandle from;
        if (before && has_commit(repository, *before)) from = TRY(tree_of(repository, *before));
        const auto tree = TRY(tree_of(repository, head));
        return check_objects(repository, TRY(tree_changes(repository, from.get(), tree.get())));
    }

    /// What the action comes to; where it meets damage in the repository, with a new one.
    template <class Action>
    auto mended(const Action& action) -> decltype(action()) {
        const process::MemoryBound bound;  // what a server sends may be crafted
        auto first = action();
        if (first || first.error().code != ErrorCode::corrupt || rebuilt_) return first;
        rebuilt_ = true;
        if (const auto anew = make_anew(); !anew)
            return fail(anew.error().within(first.error().message + "; make the repository anew"));
        return action();
    }

    Result<void> make_anew() {
        seen_.reset();
        opened_ = {};
        const OnProgress nobody;
        Conversation conversation{.access = access_, .branch = branch_, .progress = &nobody};
        TRY(rebuild(directory_, branch_, access_.url,
                    [&](git_repository* repository) -> Result<void> {
                        (void)TRY(fetch_head(repository, conversation));
                        return {};
                    }));
        return open_as_it_is();
    }

    /// No link on the way: the stamp is written inside the directory.
    Result<void> make_stamp_directory(const fs::path& stamp) const {
        auto path = directory_;
        for (const auto& part : stamp.parent_path()) {
            path /= part;
            struct ::stat info {};
            if (::lstat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode))
                return fail(ErrorCode::refused, path.string() + " is no directory",
                            "Give another name for the stamp.");
        }
        std::error_code error;
        fs::create_directories(path, error);
        if (error) return fail(system_error(error.value(), "make the directory " + path.string()));
        return {};
    }

    /// Never committed, never in the way: git does not see it.
    Result<void> exclude(const fs::path& stamp) const {
        const auto file = directory_ / ".git" / "info" / "exclude";
        std::error_code ignored;
        const bool there = fs::exists(file, ignored);
        auto content = there ? TRY(file::read(file, largest_exclude)) : std::string{};
        const auto line = "/" + literal_pattern(stamp.string()) + "\n";
        if (("\n" + content).find("\n" + line) != std::string::npos) return {};
        if (!content.empty() && content.back() != '\n') content += '\n';
        TRY(file::make_directories(file.parent_path(), 0755));
        return file::write_atomically(file, content + line, 0644);
    }

    fs::path directory_;
    BranchName branch_;
    Access access_;
    Opened opened_;
    bool rebuilt_ = false;  ///< once is enough: what is still damaged is not on this disk
    /// As compare() has seen it. What a person edits after that is not discarded unsaved, unless
    /// the commit changes that very file. After opened_: it belongs to that repository.
    std::optional<WorkTree> seen_;
};

}  // namespace

std::unique_ptr<Repository> repository(fs::path directory, BranchName branch, Access access) {
    return std::make_unique<Checkout>(std::move(directory), std::move(branch), std::move(access));
}

}  // namespace inhaul::git
