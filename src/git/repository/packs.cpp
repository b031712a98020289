#include "packs.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>

#include "stale_files.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;
using OdbHandle = Handle<git_odb, git_odb_free>;
using PackbuilderHandle = Handle<git_packbuilder, git_packbuilder_free>;

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
        if (missing || fs::exists(pack.with(".keep")) || fs::exists(pack.with(".promisor")))
            continue;
        found.push_back(std::move(pack));
    }
    std::sort(found.begin(), found.end(),
              [](const Pack& one, const Pack& other) { return one.size < other.size; });
    return found;
}

/// Stops libgit2 at the deadline: its callbacks call go_on().
struct Effort {
    SteadyPoint until;
    git_packbuilder* builder = nullptr;

    [[nodiscard]] int go_on() const { return system_clock().steady() < until ? 0 : GIT_EUSER; }
};

int insert(const git_oid* id, void* effort) noexcept {
    const auto& self = *static_cast<const Effort*>(effort);
    const int over = self.go_on();
    return over != 0 ? over : git_packbuilder_insert(self.builder, id, nullptr);
}

int on_objects(int /*stage*/, std::uint32_t /*done*/, std::uint32_t /*all*/,
               void* effort) noexcept {
    return static_cast<const Effort*>(effort)->go_on();
}

int on_bytes(const git_indexer_progress* /*progress*/, void* effort) noexcept {
    return static_cast<const Effort*>(effort)->go_on();
}

Result<void> in_time(int code, const Effort& effort, const std::string& what) {
    if (code < 0 && effort.go_on() != 0)
        return fail(ErrorCode::timeout, what + ": gave up after the time limit", "Run: git gc");
    return checked(code, what);
}

/// Writes one pack with the objects of these packs, and returns its name.
Result<std::string> write_one(git_repository* repository, const std::vector<Pack>& packs,
                              Effort& effort) {
    TRY(checked(git_packbuilder_new(&effort.builder, repository), "begin a pack"));
    const PackbuilderHandle builder{effort.builder};
    git_packbuilder_set_callbacks(effort.builder, on_objects, &effort);
    for (const auto& pack : packs) {
        git_odb* raw = nullptr;
        TRY(checked(git_odb_new(&raw), "open the objects"));
        const OdbHandle objects{raw};
        git_odb_backend* backend = nullptr;
        TRY(checked(git_odb_backend_one_pack(&backend, pack.index.c_str()),
                    "open " + pack.index.string()));
        TRY(checked(git_odb_add_backend(raw, backend, 1), "open " + pack.index.string()));
        TRY(in_time(git_odb_foreach(raw, insert, &effort), effort, "read " + pack.index.string()));
    }
    TRY(in_time(git_packbuilder_write(effort.builder, nullptr, 0, on_bytes, &effort), effort,
                "write a pack"));
    return fmt::format("pack-{}", git_packbuilder_name(effort.builder));
}

Result<void> gather(const fs::path& git_directory, const fs::path& place,
                    const std::vector<Pack>& packs, Effort effort) {
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open(&raw, git_directory.c_str()), "open the repository"));
    const RepositoryHandle repository{raw};
    const auto gathered = TRY(write_one(raw, packs, effort));
    TRY(file::sync_file_system(place));
    for (const auto& pack : packs) {
        if (pack.index.stem() == gathered) continue;
        // The index goes first: without it, git ignores the rest.
        for (const auto* const extension : {".idx", ".rev", ".bitmap", ".pack"}) {
            std::error_code ignored;
            fs::remove(pack.with(extension), ignored);
        }
    }
    return {};
}

/// File with the number of packs at the last failure.
fs::path note_of(const fs::path& git_directory) {
    return git_directory / "inhaul.packs";
}

std::size_t given_up_at(const fs::path& git_directory) {
    constexpr std::size_t longest = 20;
    const auto text = file::read(note_of(git_directory), longest);
    std::size_t count = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), count);
    return count;
}

}  // namespace

std::size_t how_many_to_gather(const std::vector<std::uint64_t>& sizes) {
    std::size_t count = 0;
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < sizes.size() && before + sizes[i] <= most_bytes_gathered; ++i) {
        if (sizes[i] <= 2 * before) count = i + 1;
        before += sizes[i];
    }
    return count;
}

Result<void> gather_packs(const fs::path& git_directory, Milliseconds limit) {
    const auto place = git_directory / "objects" / "pack";
    auto packs = packs_in(place);
    const auto count = packs.size();
    std::error_code ignored;
    if (count <= most_packs || fs::exists(place / "multi-pack-index", ignored)) return {};
    if (const auto before = given_up_at(git_directory); before > 0 && count < before + most_packs)
        return {};
    std::vector<std::uint64_t> sizes;
    for (const auto& pack : packs)
        sizes.push_back(pack.size);
    packs.resize(how_many_to_gather(sizes));
    if (packs.size() < 2) return {};
    auto gathered = gather(git_directory, place, packs, {system_clock().steady() + limit});
    if (gathered) {
        fs::remove(note_of(git_directory), ignored);
        return {};
    }
    if (gathered.error().code == ErrorCode::corrupt) return gathered;
    log::problem(log::Level::warning, "repack " + git_directory.string(), gathered.error());
    (void)file::write_unsynced(note_of(git_directory), std::to_string(count), 0644);
    return {};
}

Result<void> gather_all_packs(const fs::path& git_directory) {
    for (const auto& repository : repositories_of_submodules(git_directory))
        if (const auto gathered = gather_packs(repository); !gathered)
            log::problem(log::Level::warning, "repack " + repository.string(), gathered.error());
    return gather_packs(git_directory);
}

}  // namespace inhaul::git
