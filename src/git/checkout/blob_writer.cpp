// SPDX-License-Identifier: Apache-2.0
#include "blob_writer.hpp"

#include <filesystem>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t most_info_attributes = 64UL * 1024 * 1024;

Result<BlobHandle> blob_of(git_repository* repository, const git_oid& id, const std::string& path) {
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository, &id), "read " + printable(path)));
    return BlobHandle{raw};
}

std::string_view raw_content(const BlobHandle& blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
            static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
}

/// Returns the value of `name=` behind the pattern of a line of attributes.
std::optional<std::string_view> value_in(std::string_view line, std::string_view name) {
    const auto at = line.find(name);
    if (line.starts_with('#') || at == std::string_view::npos || at == 0) return std::nullopt;
    if (line[at - 1] != ' ' && line[at - 1] != '\t') return std::nullopt;
    const auto value = line.substr(at + name.size());
    return value.substr(0, value.find_first_of(" \t\r"));
}

/// Refuses unsupported attributes, and logs ignored attributes.
Result<void> check_attributes(git_repository* repository, const Rules::File& file) {
    const auto blob = TRY(blob_of(repository, file.blob, file.path));
    for (const auto full_line : lines_of(raw_content(blob))) {
        const auto line = trimmed(full_line);
        if (const auto encoding = value_in(line, "working-tree-encoding="))
            return fail(
                ErrorCode::refused,
                fmt::format("{} sets working-tree-encoding={}, which inhaul does not support",
                            printable(file.path), printable(*encoding, 40)),
                "Commit these files in the encoding that they need on disk.");
        if (const auto filter = value_in(line, "filter="))
            log::warning(
                "the filter is not run: its files are written as they are in the repository",
                {{"file", printable(file.path)}, {"filter", printable(*filter, 40)}});
    }
    return {};
}

/// Refuses an encoding in info/attributes: git would write the files in it.
Result<void> check_info_attributes(git_repository* repository) {
    const auto file =
        std::filesystem::path{git_repository_commondir(repository)} / "info/attributes";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return {};
    const auto text = TRY(file::read(file, most_info_attributes));
    for (const auto line : lines_of(text))
        if (value_in(trimmed(line), "working-tree-encoding="))
            return fail(ErrorCode::host,
                        fmt::format("{} sets working-tree-encoding, which inhaul does not support",
                                    file.string()),
                        "Remove this line from " + file.string() + ".");
    return {};
}

}  // namespace

Result<BlobWriter> BlobWriter::of(git_repository* repository, const CommitId& commit) {
    TRY(check_info_attributes(repository));
    BlobWriter writer{repository, TRY(Rules::of(repository, commit))};
    for (const auto& file : writer.rules_.files())
        TRY(check_attributes(repository, file));
    return writer;
}

Result<void> BlobWriter::write(SafeDirectory& root, const std::string& path,
                               const TreeEntry& wanted) {
    if (wanted.mode == GIT_FILEMODE_COMMIT) return root.make_directory(path);
    const bool executable = wanted.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    if (wanted.mode != GIT_FILEMODE_LINK && rules_.convert())
        return root.write_file(path, TRY(rules_.to_disk(path, wanted.id)), executable);
    const auto blob = TRY(blob_of(repository_, wanted.id, path));
    if (wanted.mode == GIT_FILEMODE_LINK)
        return root.write_link(path, std::string{raw_content(blob)});
    return root.write_file(path, raw_content(blob), executable);
}

}  // namespace inhaul::git
