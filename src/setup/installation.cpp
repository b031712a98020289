// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/installation.hpp>

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/secret.hpp>
#include <inhaul/util/temporary_directory.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_key = 64 * 1024;
constexpr Milliseconds keygen_deadline{60'000};

constexpr auto bench_name = ".new-key";

fs::path beside(const fs::path& path) {
    return path.string() + "~";
}

bool only_root_writes(const struct ::stat& info) {
    return info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Opens a directory that only root can replace: every directory and link on its path belongs to
/// root. Returns nothing if another account could replace one of them, and sets `weak` to it.
std::optional<FileDescriptor> guarded_by_root(const fs::path& directory, fs::path* weak = nullptr,
                                              unsigned links = 8) {
    FileDescriptor at{::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    fs::path parent{"/"};
    const auto parts = directory.relative_path();
    const auto failed = [&]() -> std::optional<FileDescriptor> {
        if (weak != nullptr) *weak = parent;
        return std::nullopt;
    };
    for (auto part = parts.begin(); part != parts.end(); ++part) {
        struct ::stat info {};
        if (!at || ::fstat(at.get(), &info) != 0 || !only_root_writes(info)) return failed();
        if (::fstatat(at.get(), part->c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return failed();
        if (S_ISLNK(info.st_mode)) {
            std::error_code error;
            auto target = parent / fs::read_symlink(parent / *part, error);
            for (auto rest = std::next(part); rest != parts.end(); ++rest)
                target /= *rest;
            if (error || links == 0) return failed();
            return guarded_by_root(target.lexically_normal(), weak, links - 1);
        }
        at = FileDescriptor{
            ::openat(at.get(), part->c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        parent /= *part;
    }
    struct ::stat info {};
    if (!at || ::fstat(at.get(), &info) != 0 || !only_root_writes(info)) return failed();
    return at;
}

Result<void> make_and_give(const FileDescriptor& parent, const Artifact& artifact) {
    const auto name = artifact.path.filename();
    if (::mkdirat(parent.get(), name.c_str(), artifact.mode) != 0)
        return fail(system_error(errno, "create the directory " + artifact.path.string()));
    const FileDescriptor made{
        ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (made && ::fchown(made.get(), artifact.owner->user, artifact.owner->group) == 0) return {};
    const int number = errno;
    ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
    return fail(
        system_error(number, "change the owner of the directory " + artifact.path.string()));
}

}  // namespace

Result<void> check_only_root_can_change(const fs::path& directory) {
    fs::path weak;
    if (guarded_by_root(file::nearest_existing(directory), &weak)) return {};
    return fail(
        ErrorCode::refused, fmt::format("other accounts can change {}", printable(weak.string())),
        guard::ownership_hint(weak, "root", {}, "sudo chmod go-w " + shell_word(weak.string())));
}

void sweep_beside(const Artifact& artifact) {
    if (artifact.kind == Artifact::Kind::directory) return;
    std::error_code ignored;
    const auto directory = artifact.path.parent_path();
    if (artifact.kind == Artifact::Kind::key) fs::remove_all(directory / bench_name, ignored);
    // The temporary names of file::write_atomically(), and of write() below.
    const auto name = artifact.path.filename().string();
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto other = entry->path().filename().string();
        const bool temporary = other.starts_with("." + name + ".") && other.ends_with('~');
        if (temporary || other == name + "~~") found.push_back(entry->path());
    }
    for (const auto& path : found)
        fs::remove(path, ignored);
}

Installation::Installation(const InstallTarget& target)
    : target_(target), umask_before_(::umask(022)) {}

Installation::~Installation() {
    ::umask(umask_before_);
    for (auto step = done_.rbegin(); step != done_.rend(); ++step) {
        std::error_code ignored;
        switch (step->sort) {
            case Step::Sort::made:
                ::unlink(step->path.c_str());
                break;
            case Step::Sort::replaced:
                fs::rename(beside(step->path), step->path, ignored);
                break;
            case Step::Sort::directory:
                ::rmdir(step->path.c_str());
                break;
            case Step::Sort::accounts_directory:
                if (const auto acting = account::ActingAs::account(target_.account))
                    ::rmdir(step->path.c_str());
                break;
        }
    }
}

Result<void> Installation::put(const Artifact& artifact, DiskState planned) {
    if (TRY(disk_state_of(artifact)) != planned)
        return fail(ErrorCode::refused,
                    fmt::format("{} was changed in the meantime", artifact.path.string()),
                    "Check its content, and run `inhaul init` again.");
    switch (artifact.kind) {
        case Artifact::Kind::directory:
            return make_directory(artifact);
        case Artifact::Kind::text:
            return write(artifact.path, artifact.content, artifact.mode, artifact.owner);
        case Artifact::Kind::secret:
            return write(artifact.path, Secret{TRY(fresh_secret()).reveal() + "\n"}.reveal(),
                         artifact.mode, artifact.owner);
        case Artifact::Kind::key:
            break;
    }
    return make_key(artifact);
}

Result<void> Installation::make_parents(const fs::path& path, unsigned mode, Step::Sort sort) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) return {};
    TRY(make_parents(path.parent_path(), mode, sort));
    if (::mkdir(path.c_str(), mode) != 0)
        return fail(system_error(errno, "create the directory " + path.string()));
    done_.push_back({path, sort});
    return {};
}

/// Root creates a directory for an account only where nobody else could place a link in its path.
/// Elsewhere the account's own permissions are used.
Result<void> Installation::make_directory(const Artifact& artifact) {
    const auto parent = artifact.path.parent_path();
    std::optional<account::ActingAs> acting;
    if (artifact.owner && !guarded_by_root(file::nearest_existing(parent)))
        acting.emplace(TRY(account::ActingAs::account(target_.account)));
    const auto sort = acting ? Step::Sort::accounts_directory : Step::Sort::directory;
    TRY(make_parents(parent, target_.personal ? artifact.mode : 0755, sort));
    if (artifact.owner && !acting) {
        const auto guarded = guarded_by_root(parent);
        if (!guarded)
            return fail(ErrorCode::refused,
                        fmt::format("{} was changed in the meantime", parent.string()));
        TRY(make_and_give(*guarded, artifact));
    } else if (::mkdir(artifact.path.c_str(), artifact.mode) != 0) {
        auto error = system_error(errno, "create the directory " + artifact.path.string());
        if (acting)
            error.hint = fmt::format("Run: sudo install -d -o {} {}", target_.account.name,
                                     shell_word(artifact.path.string()));
        return fail(std::move(error));
    }
    done_.push_back({artifact.path, sort});
    return {};
}

Result<void> Installation::write(const fs::path& path, std::string_view content, unsigned mode,
                                 const std::optional<file::Owner>& owner) {
    // Link a second name first, so that the file exists at every moment.
    const fs::path second{path.string() + "~~"};
    ::unlink(second.c_str());
    const bool replaced = ::link(path.c_str(), second.c_str()) == 0;
    if ((!replaced && errno != ENOENT) ||
        (replaced && ::rename(second.c_str(), beside(path).c_str()) != 0))
        return fail(system_error(errno, "back up " + path.string()));
    done_.push_back({path, replaced ? Step::Sort::replaced : Step::Sort::made});
    return file::write_atomically(path, content, mode, owner);
}

Result<void> Installation::make_key(const Artifact& artifact) {
    const auto bench = TRY(TemporaryDirectory::at(artifact.path.parent_path() / bench_name));
    const auto key = bench.path() / "key";
    const process::Command command{
        .argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                 fmt::format("inhaul: {} on {}", artifact.content, account::host_name()), "-f",
                 key.string()},
        .capture_output = true};
    const auto made = TRY_WITHIN("generate a deploy key", process::run(command, keygen_deadline));
    if (!made.status.success())
        return fail(ErrorCode::failed,
                    fmt::format("generate a deploy key: ssh-keygen: {}: {}", describe(made.status),
                                printable(trimmed(made.output))));
    // The public key first: the private key marks the pair as complete. A public key alone is left
    // by a run that was killed.
    const auto public_half = fs::path{artifact.path}.concat(".pub");
    ::unlink(public_half.c_str());
    TRY(write(public_half, TRY(file::read(fs::path{key}.concat(".pub"), largest_key)), 0644,
              artifact.owner));
    const Secret private_half{TRY(file::read(key, largest_key))};
    return write(artifact.path, private_half.reveal(), artifact.mode, artifact.owner);
}

}  // namespace inhaul::setup
