// SPDX-License-Identifier: Apache-2.0
#include "required_filters.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/config_entries.hpp>

namespace inhaul::git {
namespace {

using Names = std::set<std::string>;

void add_required(git_config* config, Names& names) {
    const auto entries = config_entries(config, "filter.", ".required");
    if (!entries) return;
    for (const auto& entry : *entries) {
        if (entry.is_true())
            names.insert(entry.name);
        else
            names.erase(entry.name);
    }
}

/// Nothing else is read from the configuration of the host and the account.
Names required_filters(git_repository* repository) {
    Names names;
    for (const auto* const text : {"/etc/gitconfig", "~/.config/git/config", "~/.gitconfig"}) {
        const auto path = file::expand(text);
        git_config* raw = nullptr;
        std::error_code ignored;
        if (!path || !std::filesystem::exists(*path, ignored) ||
            git_config_open_ondisk(&raw, path->c_str()) != 0)
            continue;
        const ConfigHandle config{raw};
        add_required(raw, names);
    }
    git_config* raw = nullptr;
    if (git_repository_config_snapshot(&raw, repository) == 0) {
        const ConfigHandle config{raw};
        add_required(raw, names);
    }
    names.erase("lfs");
    return names;
}

}  // namespace

Result<void> check_required_filters(git_repository* repository, Rules& rules,
                                    const Changes& changes) {
    const auto required = required_filters(repository);
    if (required.empty()) return {};
    for (const auto& [path, wanted] : changes) {
        if (!wanted || wanted->mode == GIT_FILEMODE_LINK || wanted->mode == GIT_FILEMODE_COMMIT)
            continue;
        const auto filter = TRY(rules.filter_of(path));
        if (filter && required.count(*filter) > 0)
            return fail(ErrorCode::refused,
                        fmt::format("{} needs the filter {}, which inhaul does not run",
                                    printable(path), printable(*filter, 40)),
                        fmt::format("Commit the file as the app needs it on disk. To deploy it "
                                    "unfiltered: {}",
                                    git_command_for(repository,
                                                    fmt::format("config filter.{}.required false",
                                                                printable(*filter, 40)))));
    }
    return {};
}

}  // namespace inhaul::git
