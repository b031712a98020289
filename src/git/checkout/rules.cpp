// SPDX-License-Identifier: Apache-2.0
#include "rules.hpp"

#include <algorithm>
#include <climits>
#include <filesystem>

#include <fmt/format.h>
#include <git2/sys/repository.h>
#include <sys/stat.h>

#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/patterns.hpp>
#include <git/repository/tree.hpp>
#include "attribute_lines.hpp"
#include "ident.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

using FiltersHandle = Handle<git_filter_list, git_filter_list_free>;

bool has_info_attributes(git_repository* repository) {
    std::error_code ignored;
    const fs::path common{git_repository_commondir(repository)};
    return fs::exists(common / "info" / "attributes", ignored);
}

/// Returns true if the repository's own configuration may convert files without attributes.
bool is_configured(git_repository* repository) {
    git_config* raw = nullptr;
    if (git_repository_config_snapshot(&raw, repository) != 0) return true;
    const ConfigHandle config{raw};
    const char* value = nullptr;
    return git_config_get_string(&value, raw, "core.autocrlf") == 0 ||
           git_config_get_string(&value, raw, "core.attributesfile") == 0;
}

std::string_view content_of(git_blob* blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob)),
            static_cast<std::size_t>(git_blob_rawsize(blob))};
}

std::string hex_of(const git_oid& id) {
    std::string text(GIT_OID_HEXSZ, '\0');
    git_oid_fmt(text.data(), &id);
    return text;
}

}  // namespace

bool is_attributes_file(std::string_view path) {
    return path == attributes_name || (path.ends_with(attributes_name) &&
                                       path[path.size() - attributes_name.size() - 1] == '/');
}

Result<Rules> Rules::of(git_repository* repository, const std::optional<CommitId>& commit) {
    Rules rules;
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open_bare(&raw, git_repository_commondir(repository)),
                "open the repository for its attributes"));
    rules.repository_.reset(raw);
    // Includes the worktree's own configuration.
    git_config* config = nullptr;
    TRY(checked(git_repository_config(&config, repository), "read the configuration"));
    const ConfigHandle own{config};
    TRY(checked(git_repository_set_config(raw, config), "use the configuration"));
    TRY(write_to_memory(raw));
    git_index* index = nullptr;
    TRY(checked(git_index_new(&index), "create an index in memory"));
    rules.index_.reset(index);
    TRY(checked(git_repository_set_index(raw, index), "set the index"));
    rules.has_info_ = has_info_attributes(repository);
    rules.convert_ = rules.has_info_ || is_configured(repository);
    if (!commit) return rules;
    rules.tree_ = TRY(tree_of(raw, *commit));
    TRY(rules.find_files(rules.tree_.get(), {}));
    for (const auto& file : rules.files_)
        TRY(rules.add_attributes(file));
    rules.convert_ = rules.convert_ || !rules.files_.empty();
    return rules;
}

Result<void> Rules::find_files(git_tree* tree, const std::string& prefix) {
    entries_ += git_tree_entrycount(tree);
    if (++directories_ > limits::directories || entries_ > limits::tree_entries ||
        prefix.size() >= PATH_MAX)
        return fail(ErrorCode::refused,
                    "the commit has too many directories, or nests them too deep",
                    "Remove files or directories from the repository.");
    for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
        const auto* const entry = git_tree_entry_byindex(tree, i);
        if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
            git_tree* below = nullptr;
            TRY(checked(git_tree_lookup(&below, repository_.get(), git_tree_entry_id(entry)),
                        "read the directory " + printable(prefix + git_tree_entry_name(entry))));
            const TreeHandle handle{below};
            TRY(find_files(below, prefix + git_tree_entry_name(entry) + "/"));
        } else if (std::string_view{git_tree_entry_name(entry)} == attributes_name &&
                   S_ISREG(git_tree_entry_filemode(entry))) {
            files_.push_back({prefix + std::string{attributes_name}, *git_tree_entry_id(entry)});
        }
    }
    return {};
}

Result<void> Rules::add_attributes(const File& file) {
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository_.get(), &file.blob),
                "read " + printable(file.path)));
    const BlobHandle blob{raw};
    TRY(check_patterns(file.path, content_of(raw)));
    const auto text = for_libgit2(content_of(raw), file.path == attributes_name);
    git_oid id{};
    TRY(checked(git_blob_create_from_buffer(&id, repository_.get(), text.data(), text.size()),
                "store " + printable(file.path)));
    return add_to_index(file.path, id);
}

Result<void> Rules::check_patterns(const std::string& path, std::string_view text) {
    const auto refused = [&](const std::string& what) {
        return fail(ErrorCode::refused, fmt::format("{} {}", printable(path), what),
                    "Use fewer or simpler patterns.");
    };
    bytes_ += text.size();
    if (bytes_ > limits::attributes_bytes)
        return refused(fmt::format("exceeds the limit of {} bytes for all .gitattributes files",
                                   limits::attributes_bytes));
    for (const auto full_line : lines_of(text)) {
        const auto line = attribute_line(full_line);
        if (!line) continue;
        if (++lines_ > limits::attributes_rules)
            return refused(fmt::format("exceeds the limit of {} rules for all .gitattributes files",
                                       limits::attributes_rules));
        if (is_costly_pattern(line->name))
            return refused(fmt::format("has a pattern that takes too long to match: {}",
                                       printable(line->name, 60)));
    }
    return {};
}

Result<void> Rules::add_to_index(const std::string& path, const git_oid& blob) {
    git_index_entry entry{};
    entry.mode = GIT_FILEMODE_BLOB;
    entry.id = blob;
    entry.path = path.c_str();
    return checked(git_index_add(index_.get(), &entry), "store " + printable(path));
}

Result<std::string> Rules::to_repository(const std::string& path, std::string content) {
    if (!convert_) return content;
    // Git converts line endings only if the commit's file does not already have CRLF. The index has
    // the attribute files from the start.
    const auto now = TRY(wanted(path));
    if (now && now->mode != GIT_FILEMODE_COMMIT && !is_attributes_file(path))
        TRY(add_to_index(path, now->id));
    content = TRY(filtered(path, std::move(content), GIT_FILTER_TO_ODB));
    return TRY(has_idents(path)) ? without_idents(content) : content;
}

Result<std::string> Rules::to_disk(const std::string& path, const git_oid& id) {
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository_.get(), &id), "read " + printable(path)));
    const BlobHandle blob{raw};
    std::string content{content_of(raw)};
    if (!convert_) return content;
    if (TRY(has_idents(path))) content = with_idents(content, hex_of(id));
    return filtered(path, std::move(content), GIT_FILTER_TO_WORKTREE);
}

Result<const char*> Rules::attribute(const std::string& path, const char* name) {
    const char* value = nullptr;
    TRY(checked(git_attr_get(&value, repository_.get(), 0, path.c_str(), name),
                "find the attributes of " + printable(path)));
    return value;
}

Result<bool> Rules::has_idents(const std::string& path) {
    const auto committed = git_attr_value(TRY(attribute(path, our_ident)));
    // Only files outside of the commit still have git's own name. info/attributes has precedence.
    const auto own = git_attr_value(TRY(attribute(path, "ident")));
    const bool own_first =
        own != GIT_ATTR_VALUE_UNSPECIFIED && (has_info_ || committed == GIT_ATTR_VALUE_UNSPECIFIED);
    return (own_first ? own : committed) == GIT_ATTR_VALUE_TRUE;
}

Result<std::optional<std::string>> Rules::filter_of(const std::string& path) {
    const auto* const value = TRY(attribute(path, "filter"));
    if (git_attr_value(value) != GIT_ATTR_VALUE_STRING) return std::optional<std::string>{};
    return std::optional<std::string>{value};
}

Result<std::string> Rules::filtered(const std::string& path, std::string content,
                                    git_filter_mode_t mode) {
    git_filter_list* raw = nullptr;
    TRY(checked(git_filter_list_load(&raw, repository_.get(), nullptr, path.c_str(), mode,
                                     GIT_FILTER_ALLOW_UNSAFE),
                "find the filters of " + printable(path)));
    const FiltersHandle filters{raw};
    // libgit2 returns an invalid buffer for empty content.
    if (!filters || content.empty()) return content;
    Buffer made;
    TRY(checked(git_filter_list_apply_to_buffer(made.get(), raw, content.data(), content.size()),
                "convert " + printable(path)));
    return std::string{made.text()};
}

Result<bool> Rules::is(const std::string& path, std::string_view content, const git_oid& blob) {
    const auto cleaned = TRY(to_repository(path, std::string{content}));
    git_oid id{};
    TRY(checked(git_odb_hash(&id, cleaned.data(), cleaned.size(), GIT_OBJECT_BLOB),
                "read " + printable(path)));
    if (git_oid_equal(&id, &blob) != 0) return true;
    // A file that was committed against its own rules does not convert back to its blob.
    if (!convert_) return false;
    const auto written = to_disk(path, blob);
    return written && *written == content;
}

}  // namespace inhaul::git
