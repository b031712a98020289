// SPDX-License-Identifier: Apache-2.0
#include "active_submodule.hpp"

#include <set>
#include <vector>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/checkout/tree_changes.hpp>
#include <git/repository/patterns.hpp>
#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

int take_pattern(const git_config_entry* entry, void* patterns) noexcept {
    if (entry->value != nullptr)
        static_cast<std::vector<std::string>*>(patterns)->emplace_back(entry->value);
    return 0;
}

/// Matches against `submodule.active`; returns nothing if that is not set.
Result<std::optional<bool>> matches_patterns(git_config* config, const std::string& path) {
    std::vector<std::string> patterns;
    const int code = git_config_get_multivar_foreach(config, "submodule.active", nullptr,
                                                     take_pattern, &patterns);
    if (code == GIT_ENOTFOUND || patterns.empty()) return std::optional<bool>{};
    TRY(checked(code, "read submodule.active"));
    for (const auto& pattern : patterns)
        if (is_costly_pattern(pattern))
            return fail(ErrorCode::configuration,
                        fmt::format("submodule.active has a pattern that takes too long to match: "
                                    "{}",
                                    printable(pattern, 60)),
                        "Use a simpler pattern.");
    std::vector<char*> words;
    for (auto& pattern : patterns)
        words.push_back(pattern.data());
    const git_strarray list{words.data(), words.size()};
    git_pathspec* raw = nullptr;
    TRY(checked(git_pathspec_new(&raw, &list), "read submodule.active"));
    const Handle<git_pathspec, git_pathspec_free> pathspec{raw};
    return std::optional{git_pathspec_matches_path(raw, GIT_PATHSPEC_DEFAULT, path.c_str()) == 1};
}

Result<bool> is_in_head(git_repository* repository, const std::string& path) {
    const auto head = TRY(commit_at(repository, "HEAD"));
    if (!head || !has_commit(repository, *head)) return false;
    const auto entry = TRY(tree_entry_at(TRY(tree_of(repository, *head)).get(), path));
    return entry && entry->mode == GIT_FILEMODE_COMMIT;
}

/// Logs once per process: a deployment calls this several times.
void log_once(const std::string& path) {
    static std::set<std::string> logged;
    if (!logged.insert(path).second) return;
    log::warning(
        "skipped a submodule that was never initialised",
        {{"submodule", printable(path, 100)}, {"initialise", "git submodule update --init"}});
}

}  // namespace

Result<bool> is_active(git_repository* repository, const Submodule& submodule, bool populated) {
    git_config* raw = nullptr;
    TRY(checked(git_repository_config_snapshot(&raw, repository), "read the configuration"));
    const ConfigHandle config{raw};
    const auto key = [&](std::string_view name) {
        return fmt::format("submodule.{}.{}", submodule.name, name);
    };
    const char* value = nullptr;
    if (git_config_get_string(&value, raw, key("update").c_str()) == 0 &&
        std::string_view{value} == "none")
        return false;
    int active = 0;
    if (git_config_get_bool(&active, raw, key("active").c_str()) == 0) return active != 0;
    if (const auto matches = TRY(matches_patterns(raw, submodule.path))) return *matches;
    if (populated || git_config_get_string(&value, raw, key("url").c_str()) == 0) return true;
    if (!TRY(is_in_head(repository, submodule.path))) return true;
    log_once(submodule.path);
    return false;
}

}  // namespace inhaul::git
