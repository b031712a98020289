// SPDX-License-Identifier: Apache-2.0
#include "packs.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>

#include <git/repair/stale_files.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

struct Pack {
    fs::path index;
    std::uint64_t size = 0;

    [[nodiscard]] fs::path with(const char* extension) const {
        return fs::path{index}.replace_extension(extension);
    }
};

/// Returns the packs, smallest first.
std::vector<Pack> packs_in(const fs::path& place) {
    std::vector<Pack> found;
    std::error_code error;
    for (fs::directory_iterator entry{place, error}, end; !error && entry != end;
         entry.increment(error)) {
        Pack pack{entry->path()};
        if (pack.index.extension() != ".idx") continue;
        std::error_code missing;
        pack.size = fs::file_size(pack.with(".pack"), missing);
        if (missing || fs::exists(pack.with(".keep"), error) ||
            fs::exists(pack.with(".promisor"), error))
            continue;
        found.push_back(std::move(pack));
    }
    std::sort(found.begin(), found.end(),
              [](const Pack& one, const Pack& other) { return one.size < other.size; });
    return found;
}

/// Stops libgit2 at the deadline: its callbacks call check().
struct TimeLimit {
    SteadyPoint until;
    git_packbuilder* builder = nullptr;

    [[nodiscard]] int check() const { return system_clock().steady() < until ? 0 : GIT_EUSER; }
};

int insert(const git_oid* id, void* time_limit) noexcept {
    const auto& self = *static_cast<const TimeLimit*>(time_limit);
    const int over = self.check();
    return over != 0 ? over : git_packbuilder_insert(self.builder, id, nullptr);
}

int on_objects(int /*stage*/, std::uint32_t /*done*/, std::uint32_t /*all*/,
               void* time_limit) noexcept {
    return static_cast<const TimeLimit*>(time_limit)->check();
}

int on_bytes(const git_indexer_progress* /*progress*/, void* time_limit) noexcept {
    return static_cast<const TimeLimit*>(time_limit)->check();
}

Result<void> in_time(int code, git_repository* repository, const TimeLimit& time_limit,
                     const std::string& what) {
    if (code < 0 && time_limit.check() != 0)
        return fail(ErrorCode::timeout, what + ": gave up after the time limit",
                    "Run: " + git_command_for(repository, "gc"));
    return checked(code, what);
}

/// Writes one pack with the objects of these packs, and returns its name.
Result<std::string> write_one(git_repository* repository, const std::vector<Pack>& packs,
                              TimeLimit& time_limit) {
    TRY(checked(git_packbuilder_new(&time_limit.builder, repository), "begin a pack"));
    const PackbuilderHandle builder{time_limit.builder};
    git_packbuilder_set_callbacks(time_limit.builder, on_objects, &time_limit);
    for (const auto& pack : packs) {
        git_odb* raw = nullptr;
        TRY(checked(git_odb_new(&raw), "open the objects"));
        const OdbHandle objects{raw};
        git_odb_backend* backend = nullptr;
        TRY(checked(git_odb_backend_one_pack(&backend, pack.index.c_str()),
                    "open " + pack.index.string()));
        TRY(checked(git_odb_add_backend(raw, backend, 1), "open " + pack.index.string()));
        TRY(in_time(git_odb_foreach(raw, insert, &time_limit), repository, time_limit,
                    "read " + pack.index.string()));
    }
    TRY(in_time(git_packbuilder_write(time_limit.builder, nullptr, 0, on_bytes, &time_limit),
                repository, time_limit, "write a pack"));
    return fmt::format("pack-{}", git_packbuilder_name(time_limit.builder));
}

Result<void> merge(const fs::path& git_directory, const fs::path& place,
                   const std::vector<Pack>& packs, TimeLimit time_limit) {
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open(&raw, git_directory.c_str()), "open the repository"));
    const RepositoryHandle repository{raw};
    const auto merged = TRY(write_one(raw, packs, time_limit));
    TRY(file::sync_file_system(place));
    for (const auto& pack : packs) {
        if (pack.index.stem() == merged) continue;
        // The index goes first: without it, git ignores the rest.
        for (const auto* const extension : {".idx", ".rev", ".bitmap", ".pack"}) {
            std::error_code ignored;
            fs::remove(pack.with(extension), ignored);
        }
    }
    return {};
}

/// File with the number of packs at the last failure.
fs::path failure_note(const fs::path& git_directory) {
    return git_directory / "inhaul.packs";
}

std::size_t packs_at_failure(const fs::path& git_directory) {
    constexpr std::size_t longest = 20;
    const auto text = file::read(failure_note(git_directory), longest);
    std::size_t count = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), count);
    return count;
}

}  // namespace

std::size_t count_to_merge(const std::vector<std::uint64_t>& sizes) {
    std::size_t count = 0;
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < sizes.size() && before + sizes[i] <= most_bytes_merged; ++i) {
        if (sizes[i] <= 2 * before) count = i + 1;
        before += sizes[i];
    }
    return count;
}

Result<void> merge_packs(const fs::path& git_directory, Milliseconds limit) {
    const auto place = git_directory / "objects" / "pack";
    auto packs = packs_in(place);
    const auto count = packs.size();
    std::error_code ignored;
    if (count <= most_packs || fs::exists(place / "multi-pack-index", ignored)) return {};
    if (const auto before = packs_at_failure(git_directory);
        before > 0 && count < before + most_packs)
        return {};
    std::vector<std::uint64_t> sizes;
    for (const auto& pack : packs)
        sizes.push_back(pack.size);
    packs.resize(count_to_merge(sizes));
    if (packs.size() < 2) return {};
    auto merged = merge(git_directory, place, packs, {system_clock().steady() + limit});
    if (merged) {
        fs::remove(failure_note(git_directory), ignored);
        return {};
    }
    if (merged.error().code == ErrorCode::corrupt) return merged;
    log::problem(log::Level::warning, "repack " + git_directory.string(), merged.error());
    (void)file::write_unsynced(failure_note(git_directory), std::to_string(count), 0644);
    return {};
}

Result<void> merge_all_packs(const fs::path& git_directory) {
    for (const auto& repository : repositories_of_submodules(git_directory))
        if (const auto merged = merge_packs(repository); !merged)
            log::problem(log::Level::warning, "repack " + repository.string(), merged.error());
    return merge_packs(git_directory);
}

}  // namespace inhaul::git
