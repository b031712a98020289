// SPDX-License-Identifier: Apache-2.0
#include "libgit2.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t window_size = 16 * 1024 * 1024;

/// libgit2 ends its message with the text of an errno. Before it, there may be a path of any name.
bool is_errno(std::string_view message, int number) {
    return message.ends_with(std::strerror(number));
}

bool is_network(int error_class) {
    return error_class == GIT_ERROR_NET || error_class == GIT_ERROR_SSL ||
           error_class == GIT_ERROR_SSH || error_class == GIT_ERROR_HTTP;
}

bool is_storage(int error_class) {
    return error_class == GIT_ERROR_ODB || error_class == GIT_ERROR_ZLIB ||
           error_class == GIT_ERROR_OBJECT || error_class == GIT_ERROR_TREE ||
           error_class == GIT_ERROR_INDEXER;
}

/// Damage of files other than objects.
bool is_damage_message(std::string_view message) {
    constexpr std::array signs{"corrupted loose reference", "corrupted packed references",
                               "failed to parse config file"};
    return std::any_of(signs.begin(), signs.end(),
                       [&](const char* sign) { return message.starts_with(sign); });
}

Error interpreted(int code, int error_class, std::string_view reason, std::string message) {
    if (is_errno(reason, ENOSPC) || is_errno(reason, EDQUOT))
        return {ErrorCode::no_space, std::move(message), std::string{free_space_hint}, true};
    if (code == GIT_EAUTH || code == GIT_ECERTIFICATE)
        return {ErrorCode::authentication, std::move(message)};
    if (is_errno(reason, EACCES) || is_errno(reason, EPERM))
        return {ErrorCode::permission, std::move(message)};
    if (error_class == GIT_ERROR_NOMEMORY)
        return {ErrorCode::refused, std::move(message),
                "A file of the commit, or the size that the server states for it, exceeds the "
                "memory that is available on this host."};
    // After the checks above: libgit2 also returns "locked" for files that it may not remove.
    if (code == GIT_ELOCKED) return {ErrorCode::host, std::move(message), {}, true};
    // Includes missing objects: callers only look up objects that must exist.
    if (is_storage(error_class) || is_damage_message(reason))
        return {ErrorCode::corrupt, std::move(message)};
    if (code == GIT_ENOTFOUND) return {ErrorCode::not_found, std::move(message)};
    if (is_network(error_class)) return {ErrorCode::network, std::move(message), {}, true};
    return {ErrorCode::io, std::move(message)};
}

int set_up() {
    const int made = git_libgit2_init();
    if (made < 0) return made;
    for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG,
                            GIT_CONFIG_LEVEL_PROGRAMDATA})
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    // A write to a closed connection or an ended ssh must fail, not end this process.
    ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
    // Size of a pack's mapped window, and of all windows. By default whole packs are mapped.
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, window_size);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, 2 * window_size);
    // open() checks the owner itself, with a clearer error.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // Extensions that need no support in libgit2, or that check_supported() handles.
    std::array extensions{"worktreeconfig", "preciousobjects", "relativeworktrees"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions.data(), extensions.size());
    return 0;
}

}  // namespace

Result<void> initialise() {
    static const int result = set_up();
    return checked(result, "initialise libgit2");
}

Error libgit2_error(int code, std::string_view operation) {
    const git_error* const last = git_error_last();
    const std::string_view reason = last == nullptr ? "no reason given" : last->message;
    return interpreted(code, last == nullptr ? 0 : last->klass, reason,
                       fmt::format("{}: {}", operation, printable(reason)));
}

Result<void> checked(int code, std::string_view operation) {
    if (code >= 0) return {};
    return fail(libgit2_error(code, operation));
}

std::string damage_hint(const std::filesystem::path& place) {
    return "The next deployment that needs the damaged part repairs it.\nTo find the damage, "
           "run: " +
           git_command(place, "fsck");
}

std::string git_command_for(git_repository* repository, std::string_view words) {
    const auto* const work_tree = git_repository_workdir(repository);
    return git_command(work_tree != nullptr ? work_tree : git_repository_path(repository), words);
}

Result<void> write_to_memory(git_repository* repository) {
    constexpr int before_all_others = 1000;
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const Handle<git_odb, git_odb_free> objects{raw};
    git_odb_backend* memory = nullptr;
    TRY(checked(git_mempack_new(&memory), "keep objects in memory"));
    return checked(git_odb_add_backend(raw, memory, before_all_others), "keep objects in memory");
}

CommitId id_from(const git_oid& oid) {
    std::array<char, GIT_OID_HEXSZ + 1> hex{};
    git_oid_tostr(hex.data(), hex.size(), &oid);
    return *CommitId::parse(hex.data());
}

git_oid oid_from(const CommitId& commit) {
    git_oid oid{};
    git_oid_fromstrn(&oid, commit.hex().data(),
                     std::min<std::size_t>(commit.hex().size(), GIT_OID_HEXSZ));
    return oid;
}

}  // namespace inhaul::git
