#include "contents.hpp"

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

using BlobHandle = Handle<git_blob, git_blob_free>;

constexpr std::string_view attributes_name{".gitattributes"};

Result<BlobHandle> blob_of(git_repository* repository, const git_oid& id, const std::string& path) {
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository, &id), "read " + printable(path)));
    return BlobHandle{raw};
}

std::string_view raw_content(const BlobHandle& blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
            static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
}

/// Whether the repository's own configuration changes files without any attributes.
bool is_configured(git_repository* repository) {
    std::error_code ignored;
    if (fs::exists(fs::path{git_repository_commondir(repository)} / "info" / "attributes", ignored))
        return true;
    git_config* raw = nullptr;
    if (git_repository_config_snapshot(&raw, repository) != 0) return true;
    const ConfigHandle config{raw};
    const char* value = nullptr;
    return git_config_get_string(&value, raw, "core.autocrlf") == 0 ||
           git_config_get_string(&value, raw, "core.attributesfile") == 0;
}

/// The value of `name=` in a line of attributes, behind its pattern.
std::optional<std::string_view> value_in(std::string_view line, std::string_view name) {
    const auto at = line.find(name);
    if (line.starts_with('#') || at == std::string_view::npos || at == 0) return std::nullopt;
    if (line[at - 1] != ' ' && line[at - 1] != '\t') return std::nullopt;
    const auto value = line.substr(at + name.size());
    return value.substr(0, value.find_first_of(" \t\r"));
}

}  // namespace

bool is_attributes_file(std::string_view path) {
    return path.ends_with(attributes_name) &&
           (path.size() == attributes_name.size() ||
            path[path.size() - attributes_name.size() - 1] == '/');
}

Result<void> Contents::read_attributes(const std::string& path, const git_oid& id) {
    filtered_ = true;
    const auto blob = TRY(blob_of(repository_, id, path));
    auto rest = raw_content(blob);
    while (!rest.empty()) {
        const auto line = trimmed(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
        if (const auto encoding = value_in(line, "working-tree-encoding="))
            return fail(ErrorCode::refused,
                        fmt::format("{} asks for the working-tree-encoding {}, which inhaul does "
                                    "not do",
                                    printable(path), printable(*encoding, 40)),
                        "Keep these files in the repository as they are to be on disk.");
        if (const auto filter = value_in(line, "filter="))
            log::warning("a filter is not run: its files are written as they are in the repository",
                         {{"file", printable(path)}, {"filter", printable(*filter, 40)}});
    }
    return {};
}

Result<Contents> Contents::of(git_repository* repository, git_index* index,
                              const Changes& changes) {
    Contents contents{repository};
    contents.filtered_ = is_configured(repository);
    for (const auto& [path, wanted] : changes)
        if (wanted && is_attributes_file(path)) TRY(contents.read_attributes(path, wanted->id));
    for (std::size_t i = 0; index != nullptr && i < git_index_entrycount(index); ++i) {
        const auto* const entry = git_index_get_byindex(index, i);
        if (is_attributes_file(entry->path) && changes.find(entry->path) == changes.end())
            TRY(contents.read_attributes(entry->path, entry->id));
    }
    return contents;
}

Result<void> Contents::write(Root& root, const std::string& path, const Wanted& wanted) {
    if (wanted.mode == GIT_FILEMODE_COMMIT) return root.make_directory(path);
    const auto blob = TRY(blob_of(repository_, wanted.id, path));
    if (wanted.mode == GIT_FILEMODE_LINK)
        return root.write_link(path, std::string{raw_content(blob)});
    const bool executable = wanted.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    if (!filtered_) return root.write_file(path, raw_content(blob), executable);
    Buffer filtered;
    git_blob_filter_options options = GIT_BLOB_FILTER_OPTIONS_INIT;
    options.flags = 0;  // by default it makes nothing of a binary file
    TRY(checked(git_blob_filter(filtered.get(), blob.get(), path.c_str(), &options),
                "convert " + printable(path)));
    return root.write_file(path, filtered.text(), executable);
}

}  // namespace inhaul::git
