// SPDX-License-Identifier: Apache-2.0
#include <sys/statvfs.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/git/examination.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t min_bytes = 200ULL * 1024 * 1024;
constexpr std::uint64_t least_inodes = 10'000;

std::string size_of(std::uint64_t bytes) {
    constexpr std::uint64_t mega = 1024ULL * 1024;
    if (bytes < 10 * mega) return fmt::format("{} kB", bytes / 1024);
    if (bytes < 10 * 1024 * mega) return fmt::format("{} MB", bytes / mega);
    return fmt::format("{} GB", bytes / mega / 1024);
}

void check_space(const fs::path& path, Findings& found) {
    struct ::statvfs system {};
    const auto existing = file::nearest_existing(path);
    if (::statvfs(existing.c_str(), &system) != 0) return;
    const std::uint64_t bytes = std::uint64_t{system.f_bavail} * system.f_frsize;
    const auto space = fmt::format("{} free for {}", size_of(bytes), path.string());
    found.push_back(bytes < min_bytes
                        ? bad("space", space, "Free some space: each switch writes files twice.")
                        : good("space", space));
    const std::uint64_t inodes = system.f_favail;
    if (system.f_files == 0 || inodes >= least_inodes) return;  // btrfs does not count inodes
    found.push_back(bad("inodes", fmt::format("{} free for {}", inodes, path.string()),
                        "Remove files: the file system has too many."));
}

Finding checkout_of(const git::Examination& seen) {
    if (seen.not_ours)
        return bad("checkout",
                   fmt::format("this account cannot write to {}: git ran there as another account",
                               printable(seen.not_ours->string())),
                   guard::ownership_hint(seen.repository, account::current_name(), "-R"));
    if (seen.obstacle) return bad("checkout", *seen.obstacle);
    const auto at = seen.head ? seen.head->short_form() : std::string{"no commit"};
    if (seen.edited == 0) return good("checkout", "at " + at);
    return bad(
        "checkout",
        fmt::format("at {}, {} tracked {} edited", at, seen.edited,
                    seen.edited == 1 ? "file is" : "files are"),
        "Commit the edits elsewhere. The next deployment saves them as a patch, and discards "
        "them.");
}

void check_checkout(const Settings& settings, Findings& found) {
    const auto seen = git::examine(settings);
    if (!seen) {
        found.push_back(bad("checkout", seen.error()));
        return;
    }
    if (!seen->exists) {
        found.push_back(good("checkout", "none yet: the first deployment creates it"));
        return;
    }
    found.push_back(checkout_of(*seen));
    if (!seen->locks.empty())
        found.push_back(
            bad("locks", fmt::format("{}", fmt::join(seen->locks, ", ")),
                "Remove them if no git runs there. inhaul removes them after ten minutes."));
}

}  // namespace

Findings check_directory(const Subject& subject) {
    Findings found;
    found.push_back(good("directory", subject.settings.directory.string()));
    check_space(subject.settings.directory, found);
    check_checkout(subject.settings, found);
    return found;
}

}  // namespace inhaul::setup
