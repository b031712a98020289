// SPDX-License-Identifier: Apache-2.0
#include "supported_checkout.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include <unistd.h>

#include <inhaul/util/guard.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include "config_entries.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// Extensions that change nothing for inhaul, or that it supports.
constexpr std::array known_extensions{"noop", "noop-v1", "worktreeconfig", "preciousobjects",
                                      "relativeworktrees"};

Result<ConfigHandle> open_config(const fs::path& file) {
    git_config* raw = nullptr;
    TRY(checked(git_config_open_ondisk(&raw, file.c_str()), "read " + file.string()));
    return ConfigHandle{raw};
}

bool flag(git_config* config, const char* key) {
    int value = 0;
    return git_config_get_bool(&value, config, key) == 0 && value != 0;
}

std::optional<std::string> text(git_config* config, const char* key) {
    Buffer value;
    if (git_config_get_string_buf(value.get(), config, key) != 0) return std::nullopt;
    return std::string{value.text()};
}

/// Returns true if the checksum at the end is all zeros.
bool lacks_checksum(const fs::path& index) {
    constexpr std::size_t size = GIT_OID_RAWSZ;
    std::ifstream file{index, std::ios::binary};
    std::string end(size, '\1');
    file.seekg(-static_cast<std::streamoff>(size), std::ios::end);
    return file.read(end.data(), size) && end == std::string(size, '\0');
}

class CheckoutCheck {
public:
    explicit CheckoutCheck(const fs::path& directory)
        : directory_(directory), git_directory_(directory / ".git") {}

    Result<void> check() {
        const auto config = TRY(open_config(git_directory_ / "config"));
        const auto own = git_directory_ / "config.worktree";
        std::error_code ignored;
        if (flag(config.get(), "extensions.worktreeconfig") && fs::exists(own, ignored))
            TRY(checked(git_config_add_file_ondisk(config.get(), own.c_str(), GIT_CONFIG_LEVEL_APP,
                                                   nullptr, 0),
                        "read " + own.string()));
        TRY(check_place(config.get()));
        TRY(check_sparse(config.get()));
        TRY(check_partial(config.get()));
        TRY(check_extensions(config.get()));
        TRY(check_shallow());
        return check_index();
    }

private:
    [[nodiscard]] tl::unexpected<Error> refused(std::string_view what, std::string hint) const {
        return fail(ErrorCode::refused, fmt::format("{} {}", directory_.string(), what),
                    std::move(hint));
    }
    [[nodiscard]] std::string git(std::string_view words) const {
        return git_command(directory_, words);
    }
    [[nodiscard]] std::string other_clone() const {
        return fmt::format("To let inhaul clone it again, run: mv {0} {0}.old",
                           shell_word(directory_.string()));
    }

    Result<void> check_place(git_config* config) const {
        const auto place = text(config, "core.worktree");
        std::error_code ignored;
        if (!place || fs::equivalent(git_directory_ / *place, directory_, ignored)) return {};
        return refused("has its files elsewhere (core.worktree)",
                       "Run: " + git_command(git_directory_, "config --unset core.worktree"));
    }

    Result<void> check_sparse(git_config* config) const {
        if (!flag(config, "core.sparsecheckout")) return {};
        return refused("is a sparse checkout: some files are missing",
                       "Run: " + git("sparse-checkout disable"));
    }

    Result<void> check_partial(git_config* config) const {
        const auto by_extension = text(config, "extensions.partialclone");
        auto remote = by_extension;
        for (const auto& entry : TRY(config_entries(config, "remote.", ".promisor")))
            if (!remote && entry.is_true()) remote = entry.name;
        if (!remote) return {};
        auto run = fmt::format(
            "{} && {}", git("fetch --refetch --no-filter " + printable(*remote, 60)),
            git(fmt::format("config --unset remote.{}.promisor", printable(*remote, 60))));
        if (by_extension) run += " && " + git("config --unset extensions.partialclone");
        return refused("is a partial clone: objects are fetched only when needed", "Run: " + run);
    }

    Result<void> check_extensions(git_config* config) const {
        for (const auto& entry : TRY(config_entries(config, "extensions.")))
            TRY(check_extension(entry.name, entry.value.value_or("")));
        return {};
    }

    [[nodiscard]] Result<void> check_extension(std::string_view name,
                                               std::string_view value) const {
        if (std::find(known_extensions.begin(), known_extensions.end(), name) !=
                known_extensions.end() ||
            (name == "objectformat" && value == "sha1") ||
            (name == "refstorage" && value == "files"))
            return {};
        if (name == "objectformat")
            return refused(fmt::format("uses the object format {}, which inhaul does not support",
                                       printable(value, 20)),
                           other_clone());
        if (name == "refstorage")
            return refused(fmt::format("uses the ref format {}, which inhaul does not support",
                                       printable(value, 20)),
                           "Run: " + git("refs migrate --ref-format=files"));
        return refused(fmt::format("uses a Git extension that inhaul does not support: {}",
                                   printable(name, 60)),
                       other_clone());
    }

    [[nodiscard]] Result<void> check_shallow() const {
        std::error_code error;
        const auto size = fs::file_size(git_directory_ / "shallow", error);
        if (error || size == 0) return {};
        return refused("is a shallow clone: old commits are missing",
                       "Run: " + git("fetch --unshallow"));
    }

    /// Finds formats that libgit2 may not support, so that they are not reported as damage.
    [[nodiscard]] Result<void> check_index() const {
        const auto file = git_directory_ / "index";
        const bool split = has_shared_index();
        if (!split && !lacks_checksum(file)) return {};
        git_index* raw = nullptr;
        const int code = git_index_open(&raw, file.c_str());
        const IndexHandle index{raw};
        if (code == 0) return {};
        if (split)
            return refused("has a split index (core.splitIndex), which inhaul does not support",
                           fmt::format("Run: {} && {}", git("config core.splitIndex false"),
                                       git("update-index --no-split-index")));
        return refused(
            "has an index without a checksum (index.skipHash), which inhaul does not support",
            fmt::format("Run: {} && {}", git("config index.skipHash false"),
                        git("update-index --force-write-index")));
    }

    [[nodiscard]] bool has_shared_index() const {
        std::error_code error;
        for (fs::directory_iterator entry{git_directory_, error}, end; !error && entry != end;
             entry.increment(error))
            if (entry->path().filename().string().starts_with("sharedindex.")) return true;
        return false;
    }

    const fs::path& directory_;
    fs::path git_directory_;
};

/// Files that libgit2 reads whole. It would block on a pipe.
struct Bounded {
    const char* name;
    std::uintmax_t bytes;
};
constexpr std::uintmax_t mebibyte = 1024UL * 1024;
constexpr std::array bounded_files{
    Bounded{"config", 4 * mebibyte},
    Bounded{"config.worktree", 4 * mebibyte},
    Bounded{"HEAD", mebibyte},
    Bounded{"commondir", mebibyte},
    Bounded{"shallow", 64 * mebibyte},
    Bounded{"packed-refs", 256 * mebibyte},
    Bounded{"index", 1024 * mebibyte},
    Bounded{"info/exclude", 64 * mebibyte},
    Bounded{"info/attributes", 64 * mebibyte},
    Bounded{"info/grafts", 64 * mebibyte},
    Bounded{"objects/info/alternates", mebibyte},
};

Result<void> check_bounds(const fs::path& git_directory) {
    for (const auto& [name, bytes] : bounded_files) {
        const auto file = git_directory / name;
        std::error_code error;
        const auto status = fs::status(file, error);
        if (!fs::exists(status)) continue;
        const auto look = fmt::format("To inspect it, run: ls -lL {}", shell_word(file.string()));
        if (!fs::is_regular_file(status))
            return fail(ErrorCode::io, fmt::format("read {}: not a regular file", file.string()),
                        look);
        if (const auto size = fs::file_size(file, error); error || size > bytes)
            return fail(ErrorCode::io,
                        fmt::format("read {}: larger than {} MiB", file.string(), bytes / mebibyte),
                        look);
    }
    return {};
}

}  // namespace

Result<void> check_guarded(const fs::path& git_directory) {
    TRY(check_bounds(git_directory));
    for (const auto& path : {git_directory, git_directory / "config", git_directory / "HEAD"})
        TRY(guard::check(path, ::geteuid()));
    return {};
}

Result<void> check_supported(const fs::path& directory) {
    std::error_code ignored;
    const auto config = directory / ".git/config";
    if (!fs::is_directory(directory / ".git", ignored) || !fs::exists(config, ignored)) return {};
    TRY(initialise());
    return CheckoutCheck{directory}.check();
}

Result<void> read_worktree_config(git_repository* repository) {
    git_config* raw = nullptr;
    TRY(checked(git_repository_config(&raw, repository), "open the repository's configuration"));
    const ConfigHandle config{raw};
    const auto file = fs::path{git_repository_path(repository)} / "config.worktree";
    std::error_code ignored;
    if (!flag(raw, "extensions.worktreeconfig") || !fs::exists(file, ignored)) return {};
    return checked(
        git_config_add_file_ondisk(raw, file.c_str(), GIT_CONFIG_LEVEL_APP, repository, 0),
        "read " + file.string());
}

}  // namespace inhaul::git
