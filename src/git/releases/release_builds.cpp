#include "release_builds.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <unistd.h>

#include <inhaul/util/file.hpp>

namespace inhaul::git {

namespace fs = std::filesystem;

namespace {

/// In a release's administration: it is complete.
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
        return fail(ErrorCode::permission,
                    link.string() + " is no link: somebody has put something else there",
                    "Move it aside: inhaul makes the link again.");
    if (error) return fail(system_error(error.value(), "read the link " + link.string()));
    return release_name_from(target.filename().string());
}

/// Complete or not, the newest first.
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

/// What is live is complete also where an earlier inhaul made it, without a mark.
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

/// Safe to repeat: once the earlier one is live, there is none before it.
Result<void> ReleaseBuilds::drop_build(const CommitId& commit) {
    if (!TRY(has_earlier_build(commit))) return {};
    const auto mark = admin_of(*TRY(live())) / built_mark;
    making_.reset();
    if (::unlink(mark.c_str()) != 0 && errno != ENOENT)
        return fail(system_error(errno, "remove " + mark.string()));
    return {};
}

Result<void> ReleaseBuilds::begin_further_build(const CommitId& commit) {
    const auto builds = builds_of(commit);
    if (builds.empty()) return {};
    // An earlier inhaul's release has no mark, and is what is gone back to.
    const auto now = TRY(live());
    if (now && now->commit == commit) TRY(note_built(commit));
    making_ = ReleaseName{commit, builds.front() + 1};
    return {};
}

}  // namespace inhaul::git
