// SPDX-License-Identifier: Apache-2.0
#include "ref_conflicts.hpp"

#include <vector>

#include "own_names.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

bool conflict(std::string_view one, std::string_view other) {
    const auto is_below = [](std::string_view name, std::string_view above) {
        return name.size() > above.size() && name.starts_with(above) && name[above.size()] == '/';
    };
    return is_below(one, other) || is_below(other, one);
}

Result<std::vector<std::string>> fetched_refs(git_repository* repository) {
    const auto pattern = own_refs::fetched_as("*");
    git_reference_iterator* raw = nullptr;
    TRY(checked(git_reference_iterator_glob_new(&raw, repository, pattern.c_str()),
                "list the refs"));
    const Handle<git_reference_iterator, git_reference_iterator_free> refs{raw};
    std::vector<std::string> names;
    const char* name = nullptr;
    int code = 0;
    while ((code = git_reference_next_name(&name, raw)) == 0)
        names.emplace_back(name);
    if (code != GIT_ITEROVER) TRY(checked(code, "list the refs"));
    return names;
}

Result<void> save(git_repository* repository, const CommitId& commit) {
    auto ref = own_refs::saved_as(commit.short_form());
    const auto known = TRY(commit_at(repository, ref.c_str()));
    if (known == commit) return {};
    if (known) ref = own_refs::saved_as(commit.hex());
    return set_ref(repository, ref, commit, "inhaul: local commit");
}

}  // namespace

Result<void> remove_conflicting_refs(git_repository* repository, const std::string& ref) {
    if (TRY(commit_at(repository, ref.c_str()))) return {};
    for (const auto& name : TRY(fetched_refs(repository))) {
        if (!conflict(name, ref)) continue;
        if (name.starts_with(own_refs::saved_before))
            if (const auto commit = TRY(commit_at(repository, name.c_str())))
                TRY(save(repository, *commit));
        TRY(remove_ref(repository, name));
    }
    return {};
}

}  // namespace inhaul::git
