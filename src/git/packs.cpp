#include "packs.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>

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

/// The smallest first.
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

int insert(const git_oid* id, void* builder) noexcept {
    return git_packbuilder_insert(static_cast<git_packbuilder*>(builder), id, nullptr);
}

/// The name of the pack that holds what these do.
Result<std::string> write_one(git_repository* repository, const std::vector<Pack>& packs) {
    git_packbuilder* raw_builder = nullptr;
    TRY(checked(git_packbuilder_new(&raw_builder, repository), "begin a pack"));
    const PackbuilderHandle builder{raw_builder};
    for (const auto& pack : packs) {
        git_odb* raw = nullptr;
        TRY(checked(git_odb_new(&raw), "open the objects"));
        const OdbHandle objects{raw};
        git_odb_backend* backend = nullptr;
        TRY(checked(git_odb_backend_one_pack(&backend, pack.index.c_str()),
                    "open " + pack.index.string()));
        TRY(checked(git_odb_add_backend(raw, backend, 1), "open " + pack.index.string()));
        TRY(checked(git_odb_foreach(raw, insert, raw_builder), "read " + pack.index.string()));
    }
    TRY(checked(git_packbuilder_write(raw_builder, nullptr, 0, nullptr, nullptr), "write a pack"));
    return fmt::format("pack-{}", git_packbuilder_name(raw_builder));
}

Result<void> gather(const fs::path& git_directory, const fs::path& place,
                    const std::vector<Pack>& packs) {
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open(&raw, git_directory.c_str()), "open the repository"));
    const RepositoryHandle repository{raw};
    const auto gathered = TRY(write_one(raw, packs));
    TRY(file::sync_file_system(place));
    for (const auto& pack : packs) {
        if (pack.index.stem() == gathered) continue;
        // The index first: without it, nobody takes the rest for a pack.
        for (const auto* const extension : {".idx", ".rev", ".bitmap", ".pack"}) {
            std::error_code ignored;
            fs::remove(pack.with(extension), ignored);
        }
    }
    return {};
}

}  // namespace

std::size_t how_many_to_gather(const std::vector<std::uint64_t>& sizes) {
    std::size_t count = 0;
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] <= 2 * before) count = i + 1;
        before += sizes[i];
    }
    return count;
}

Result<void> gather_packs(const fs::path& git_directory) {
    const auto place = git_directory / "objects" / "pack";
    auto packs = packs_in(place);
    std::error_code ignored;
    if (packs.size() <= most_packs || fs::exists(place / "multi-pack-index", ignored)) return {};
    std::vector<std::uint64_t> sizes;
    for (const auto& pack : packs)
        sizes.push_back(pack.size);
    packs.resize(how_many_to_gather(sizes));
    auto gathered = gather(git_directory, place, packs);
    if (gathered || gathered.error().code == ErrorCode::corrupt) return gathered;
    log::problem(log::Level::warning, "gather the packs of " + git_directory.string(),
                 gathered.error());
    return {};
}

}  // namespace inhaul::git
