// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <git/checkout/safe_path.hpp>
#include <git/checkout/tree_changes.hpp>

#include "objects.hpp"

// The input is trees. Each entry is a line with a letter for its mode, a letter for its object, and
// its name. An empty line ends a tree. Later trees may refer to earlier trees. The last two are the
// live and the target tree.

using namespace inhaul;

namespace {

constexpr std::size_t most_paths = 5'000;

struct Made {
    std::vector<git_oid> trees;
    std::vector<std::size_t> sizes;  ///< number of paths below each
};

const char* mode_of(char letter) {
    switch (letter) {
        case 'x':
            return "100755";
        case 'l':
            return "120000";
        case 's':
            return "104755";
        case 'd':
            return "40000";
        case 'm':
            return "160000";
        case 'o':
            return "100664";
        case 'z':
            return "0";
        default:
            return "100644";
    }
}

git_oid some_id(unsigned number) {
    git_oid id{};
    std::fill(std::begin(id.id), std::end(id.id), static_cast<unsigned char>(number + 1));
    return id;
}

/// Returns nothing for too many paths for a quick run.
std::optional<Made> trees_of(const fuzz::MemoryRepository& repository, std::string_view input) {
    Made made;
    std::string bytes;
    std::size_t size = 0;
    const auto end_tree = [&] {
        made.trees.push_back(repository.write(GIT_OBJECT_TREE, bytes));
        made.sizes.push_back(size);
        bytes.clear();
        size = 0;
    };
    while (!input.empty()) {
        auto line = fuzz::take_line(input);
        if (line.empty()) {
            end_tree();
            continue;
        }
        const auto letter = static_cast<char>(fuzz::take_byte(line));
        const auto number = fuzz::take_byte(line);
        const bool known = letter == 'd' && !made.trees.empty() && number % 8 != 0;
        const auto index = known ? number % made.trees.size() : 0;
        const auto id = known ? made.trees[index] : some_id(number);
        size += known ? made.sizes[index] + 1 : 1;
        bytes.append(mode_of(letter)).append(" ").append(line).push_back('\0');
        bytes.append(std::begin(id.id), std::end(id.id));
        if (size > most_paths || made.trees.size() > 100) return std::nullopt;
    }
    end_tree();
    return made;
}

git::TreeHandle tree_at(const fuzz::MemoryRepository& repository, const git_oid& id) {
    git_tree* raw = nullptr;
    (void)git_tree_lookup(&raw, repository.get(), &id);
    return git::TreeHandle{raw};
}

using State = std::map<std::string, std::pair<std::string, unsigned>>;

void apply(State& state, const git::Changes& changes) {
    for (const auto& [path, wanted] : changes)
        if (!wanted) state.erase(path);
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        std::string id(GIT_OID_HEXSZ, '\0');
        git_oid_fmt(id.data(), &wanted->id);
        state[path] = {id, static_cast<unsigned>(wanted->mode)};
    }
}

void check_changes(const git::Changes& changes, git_tree* to) {
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        const auto mode = wanted->mode;
        fuzz::require(mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE ||
                          mode == GIT_FILEMODE_LINK || mode == GIT_FILEMODE_COMMIT,
                      "only files, programs, links and submodules are created");
        if (git::unsafe_path(path, mode == GIT_FILEMODE_LINK)) continue;
        fuzz::require(fuzz::stays_below(path), "written paths are below the directory");
        const auto there = git::tree_entry_at(to, path);
        fuzz::require(there && *there && (*there)->mode == mode &&
                          git_oid_equal(&(*there)->id, &wanted->id) != 0,
                      "a change is the commit's entry at its path");
    }
}

/// A file's path must not be the directory of another path.
void check_state(const State& state) {
    for (const auto& [path, ignored] : state) {
        const auto below = state.lower_bound(path + "/");
        fuzz::require(below == state.end() || !below->first.starts_with(path + "/") ||
                          git::unsafe_path(path, false) || git::unsafe_path(below->first, false),
                      "no path is both a file and a directory");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    const MemoryRepository repository;
    const auto made = trees_of(repository, input);
    if (!made) return;
    const auto to = tree_at(repository, made->trees.back());
    const auto from = made->trees.size() < 2
                          ? git::TreeHandle{}
                          : tree_at(repository, made->trees[made->trees.size() - 2]);
    if (!to) return;
    const auto whole = git::tree_changes(repository.get(), nullptr, to.get());
    if (!whole) return require_readable(whole.error());
    check_changes(*whole, to.get());
    State wanted;
    apply(wanted, *whole);
    check_state(wanted);
    const auto before = git::tree_changes(repository.get(), nullptr, from.get());
    if (!before) return;
    const auto change = git::tree_changes(repository.get(), from.get(), to.get());
    if (!change) return require_readable(change.error());
    State state;
    apply(state, *before);
    apply(state, *change);
    require(state == wanted, "the changes from one commit to another lead to the other");
}
