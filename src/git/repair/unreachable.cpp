// SPDX-License-Identifier: Apache-2.0
#include "unreachable.hpp"

#include <map>
#include <string>
#include <vector>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// Bytes of an object ID.
using Key = std::string;

Key key_of(const git_oid& id) {
    return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ};
}

int note_id(const git_oid* id, void* found) noexcept {
    static_cast<std::vector<git_oid>*>(found)->push_back(*id);
    return 0;
}

/// Returns the objects that this object refers to. Leaves out commits of submodules, which are in
/// other repositories.
std::vector<git_oid> referenced_by(git_object* object) {
    std::vector<git_oid> named;
    switch (git_object_type(object)) {
        case GIT_OBJECT_COMMIT: {
            auto* const commit = reinterpret_cast<git_commit*>(object);
            named.push_back(*git_commit_tree_id(commit));
            for (unsigned i = 0; i < git_commit_parentcount(commit); ++i)
                named.push_back(*git_commit_parent_id(commit, i));
            break;
        }
        case GIT_OBJECT_TREE: {
            auto* const tree = reinterpret_cast<git_tree*>(object);
            for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i)
                if (const auto* const entry = git_tree_entry_byindex(tree, i);
                    git_tree_entry_type(entry) != GIT_OBJECT_COMMIT)
                    named.push_back(*git_tree_entry_id(entry));
            break;
        }
        case GIT_OBJECT_TAG:
            named.push_back(*git_tag_target_id(reinterpret_cast<git_tag*>(object)));
            break;
        default:
            break;
    }
    return named;
}

class Unreachable {
public:
    Unreachable(git_repository* old, git_odb* here) : old_(old), here_(here) {}

    /// Returns false if an object is unreadable.
    bool read(const std::vector<git_oid>& ids) {
        bool all = true;
        for (const auto& id : ids) {
            if (git_odb_exists(here_, &id) == 1) continue;
            git_object* raw = nullptr;
            const bool readable = git_object_lookup(&raw, old_, &id, GIT_OBJECT_ANY) == 0;
            const ObjectHandle object{raw};
            all = all && readable;
            if (!readable) continue;
            found_.emplace(key_of(id), id);
            for (const auto& named : referenced_by(raw))
                if (git_odb_exists(here_, &named) != 1) referrers_.emplace(key_of(named), id);
        }
        return all;
    }

    /// Returns false if an object was left out.
    bool leave_out_incomplete() {
        std::vector<Key> missing;
        for (const auto& [named, referrer] : referrers_)
            if (found_.count(named) == 0) missing.push_back(named);
        const bool all = missing.empty();
        while (!missing.empty()) {
            const auto named = std::move(missing.back());
            missing.pop_back();
            const auto [begin, end] = referrers_.equal_range(named);
            for (auto referrer = begin; referrer != end; ++referrer)
                if (found_.erase(key_of(referrer->second)) > 0)
                    missing.push_back(key_of(referrer->second));
        }
        return all;
    }

    [[nodiscard]] const std::map<Key, git_oid>& found() const { return found_; }

private:
    git_repository* old_;
    git_odb* here_;
    std::map<Key, git_oid> found_;
    std::multimap<Key, git_oid> referrers_;  ///< by objects that the new repository lacks
};

}  // namespace

bool copy_unreachable(const fs::path& from, const fs::path& to) {
    git_odb* raw = nullptr;
    if (git_odb_open(&raw, (from / "objects").c_str()) != 0) return false;
    const OdbHandle objects{raw};
    // The old directory may not be a valid repository.
    git_repository* raw_old = nullptr;
    if (git_repository_wrap_odb(&raw_old, raw) != 0) return false;
    const RepositoryHandle old{raw_old};
    git_odb* raw_here = nullptr;
    if (git_odb_open(&raw_here, (to / "objects").c_str()) != 0) return false;
    const OdbHandle here{raw_here};
    std::vector<git_oid> ids;
    bool all = git_odb_foreach(raw, note_id, &ids) == 0;
    Unreachable unreachable{raw_old, raw_here};
    all = unreachable.read(ids) && all;
    all = unreachable.leave_out_incomplete() && all;
    if (unreachable.found().empty()) return all;
    git_packbuilder* raw_builder = nullptr;
    if (git_packbuilder_new(&raw_builder, raw_old) != 0) return false;
    const PackbuilderHandle builder{raw_builder};
    for (const auto& [key, id] : unreachable.found())
        if (git_packbuilder_insert(raw_builder, &id, nullptr) != 0) return false;
    return git_packbuilder_write(raw_builder, (to / "objects/pack").c_str(), 0, nullptr, nullptr) ==
               0 &&
           all;
}

}  // namespace inhaul::git
