// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/existing_checkout.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/operator_command.hpp>

#include "libgit2.hpp"
#include "supported_checkout.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// The URL as written: `insteadOf` cannot rewrite it, since no other configuration is read.
Result<std::string> origin_of(git_repository* repository) {
    git_remote* raw = nullptr;
    const int code = git_remote_lookup(&raw, repository, "origin");
    const RemoteHandle remote{raw};
    if (code == GIT_ENOTFOUND) return std::string{};
    TRY(checked(code, "read the remote origin"));
    const char* const url = git_remote_url(raw);
    return std::string{url == nullptr ? "" : url};
}

/// Also returns a branch without a commit.
Result<std::optional<std::string>> branch_of(git_repository* repository) {
    constexpr auto heads = BranchName::prefix;
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository, "HEAD");
    const ReferenceHandle head{raw};
    TRY(checked(code, "read HEAD"));
    const char* const target = git_reference_symbolic_target(raw);
    const std::string_view name{target == nullptr ? "" : target};
    if (!name.starts_with(heads)) return std::nullopt;
    return std::string{name.substr(heads.size())};
}

/// Returns the nearest directory, upwards from this one, that has a `.git`.
std::optional<fs::path> top_above(fs::path directory) {
    std::error_code ignored;
    for (;; directory = directory.parent_path()) {
        if (fs::exists(fs::symlink_status(directory / ".git", ignored))) return directory;
        if (directory == directory.root_path() || directory.empty()) return std::nullopt;
    }
}

Result<Checkout> opened_at(const fs::path& top) {
    TRY(initialise());
    git_repository* raw = nullptr;
    const int code =
        git_repository_open_ext(&raw, top.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    const RepositoryHandle repository{raw};
    TRY(checked(code, "open the checkout at " + top.string()));
    return Checkout{top, TRY(origin_of(raw)), TRY(branch_of(raw))};
}

}  // namespace

Result<std::optional<Checkout>> checkout_at(const fs::path& directory) {
    const auto top = top_above(directory);
    if (!top) return std::nullopt;
    struct ::stat info {};
    const auto git_directory = *top / ".git";
    if (::lstat(git_directory.c_str(), &info) != 0 || info.st_uid != ::geteuid())
        return std::nullopt;
    TRY(check_guarded(git_directory));
    if (!S_ISDIR(info.st_mode))
        return fail(ErrorCode::refused,
                    fmt::format("{} is a linked worktree or a submodule", top->string()),
                    "Use an ordinary checkout or a missing directory.");
    TRY(check_supported(*top));
    auto opened = opened_at(*top);
    if (!opened && opened.error().code == ErrorCode::corrupt && opened.error().hint.empty())
        opened.error().hint = "To find the damage, run: " + git_command(*top, "fsck");
    return opened;
}

Result<void> check_directory(const fs::path& directory) {
    return check_supported(directory);
}

}  // namespace inhaul::git
