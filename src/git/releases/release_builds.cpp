// SPDX-License-Identifier: Apache-2.0
#include "release_builds.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {

namespace fs = std::filesystem;

namespace {

/// File in a release's git directory: the release is complete.
constexpr auto built_mark = "inhaul-built";

}  // namespace

fs::path ReleaseBuilds::place_of(const ReleaseName& name) const {
    return directory_ / "releases" / name.text();
}

fs::path ReleaseBuilds::admin_of(const ReleaseName& name) const {
    return mirror() / "worktrees" / name.text();
}

bool ReleaseBuilds::exists(const ReleaseName& name) const {
    std::error_code ignored;
    return fs::exists(place_of(name) / ".git", ignored) &&
           fs::exists(admin_of(name) / "HEAD", ignored);
}

Result<std::optional<ReleaseName>> ReleaseBuilds::live() const {
    std::error_code error;
    const auto link = directory_ / "current";
    const auto target = fs::read_symlink(link, error);
    if (error == std::errc::no_such_file_or_directory) return std::optional<ReleaseName>{};
    if (error == std::errc::invalid_argument)
        return fail(ErrorCode::permission, link.string() + " is not a link",
                    fmt::format("To let inhaul create the link, run: mv {0} {0}.old",
                                shell_word(link.string())));
    if (error) return fail(system_error(error.value(), "read the link " + link.string()));
    return release_name_from(target.filename().string());
}

/// Returns all builds, newest first, complete or not.
std::vector<unsigned> ReleaseBuilds::builds_of(const CommitId& commit) const {
    std::vector<unsigned> builds;
    std::error_code error;
    for (fs::directory_iterator entry{directory_ / "releases", error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto name = release_name_from(entry->path().filename().string());
        if (name && name->commit == commit) builds.push_back(name->build);
    }
    std::sort(builds.begin(), builds.end(), std::greater{});
    return builds;
}

bool ReleaseBuilds::has_mark(const ReleaseName& name) const {
    std::error_code ignored;
    return fs::exists(admin_of(name) / built_mark, ignored);
}

ReleaseName ReleaseBuilds::of(const CommitId& commit) const {
    if (making_ && making_->commit == commit) return *making_;
    for (const auto build : builds_of(commit))
        if (has_mark({commit, build})) return {commit, build};
    return {commit};
}

/// The live release counts as complete without a mark: an older version of inhaul wrote none.
Result<bool> ReleaseBuilds::is_built(const CommitId& commit) const {
    const auto name = of(commit);
    return has_mark(name) || TRY(live()) == name;
}

Result<void> ReleaseBuilds::note_built(const CommitId& commit) const {
    return file::write_atomically(admin_of(of(commit)) / built_mark, "", 0644);
}

Result<bool> ReleaseBuilds::has_earlier_build(const CommitId& commit) const {
    const auto now = TRY(live());
    if (!now || now->commit != commit) return false;
    const auto builds = builds_of(commit);
    return std::any_of(builds.begin(), builds.end(), [&](unsigned build) {
        return build < now->build && has_mark({commit, build});
    });
}

/// Safe to repeat: once the earlier build is live, none is before it.
Result<void> ReleaseBuilds::drop_build(const CommitId& commit) {
    if (!TRY(has_earlier_build(commit))) return {};
    const auto mark = admin_of(*TRY(live())) / built_mark;
    making_.reset();
    if (::unlink(mark.c_str()) != 0 && errno != ENOENT)
        return fail(system_error(errno, "remove " + mark.string()));
    return {};
}

Result<std::vector<ReleaseName>> ReleaseBuilds::unneeded(const std::vector<CommitId>& needed,
                                                         std::size_t keep) const {
    std::vector<std::pair<fs::file_time_type, ReleaseName>> others;
    std::vector<ReleaseName> superseded;
    const auto live_now = TRY(live());
    const auto is_needed = [&](const CommitId& commit) {
        return std::find(needed.begin(), needed.end(), commit) != needed.end();
    };
    std::error_code error;
    for (fs::directory_iterator entry{directory_ / "releases", error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto name = release_name_from(entry->path().filename().string());
        if (!name || name == live_now) continue;
        if (*name != of(name->commit)) {
            superseded.push_back(*name);
        } else if (!is_needed(name->commit)) {
            std::error_code ignored;
            others.emplace_back(fs::last_write_time(admin_of(*name) / "HEAD", ignored), *name);
        }
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return fail(system_error(error.value(), "list " + (directory_ / "releases").string()));
    std::sort(others.begin(), others.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    const std::size_t spare = keep > needed.size() ? keep - needed.size() : 0;
    for (std::size_t i = spare; i < others.size(); ++i)
        superseded.push_back(others[i].second);
    return superseded;
}

Result<void> ReleaseBuilds::begin_further_build(const CommitId& commit) {
    const auto builds = builds_of(commit);
    if (builds.empty()) return {};
    // A release of an older version of inhaul has no mark. Write the mark, so that a rollback can
    // use the release.
    const auto now = TRY(live());
    if (now && now->commit == commit) TRY(note_built(commit));
    making_ = ReleaseName{commit, builds.front() + 1};
    return {};
}

}  // namespace inhaul::git
