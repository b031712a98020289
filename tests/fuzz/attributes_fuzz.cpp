// SPDX-License-Identifier: Apache-2.0
#include <git/checkout/attribute_lines.hpp>
#include <git/checkout/blob_writer.hpp>
#include <git/checkout/ident.hpp>
#include <git/checkout/safe_path.hpp>
#include <git/repository/lfs.hpp>

#include "objects.hpp"

// The input is a file: its path, its content up to a NUL, and then the commit's .gitattributes.

using namespace inhaul;

namespace {

/// The rules read their commit from disk. The repository is recreated when it has many objects.
struct OnDisk {
    OnDisk() {
        fuzz::require(git::initialise().has_value(), "libgit2 can be used");
        git_repository* raw = nullptr;
        fuzz::require(git_repository_init(&raw, scratch.path.c_str(), 1) == 0,
                      "a repository can be made");
        repository.reset(raw);
    }
    test::TemporaryDirectory scratch{fuzz::quick_place()};
    git::RepositoryHandle repository;
};

git_repository* on_disk() {
    constexpr unsigned most_runs = 2'000;
    static unsigned runs = 0;
    static std::unique_ptr<OnDisk> now;
    if (runs++ % most_runs == 0) now = std::make_unique<OnDisk>();
    return now->repository.get();
}

git_oid write(git_repository* repository, git_object_t type, std::string_view bytes) {
    git_odb* raw = nullptr;
    git_oid id{};
    fuzz::require(git_repository_odb(&raw, repository) == 0, "the objects can be opened");
    const Handle<git_odb, git_odb_free> objects{raw};
    fuzz::require(git_odb_write(&id, raw, bytes.data(), bytes.size(), type) == 0,
                  "an object can be written");
    return id;
}

CommitId commit_with(git_repository* repository, const git_oid& attributes, const git_oid& file,
                     std::string_view name) {
    std::string tree;
    const auto add = [&](std::string_view entry, const git_oid& id) {
        tree.append("100644 ").append(entry).push_back('\0');
        tree.append(std::begin(id.id), std::end(id.id));
    };
    add(".gitattributes", attributes);
    add(name, file);
    const auto id = write(repository, GIT_OBJECT_TREE, tree);
    std::string text = "tree ";
    text += git::id_from(id).hex();
    text += "\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n";
    return git::id_from(write(repository, GIT_OBJECT_COMMIT, text));
}

void check_idents(std::string_view content) {
    const auto clean = git::without_idents(content);
    fuzz::require(git::without_idents(clean) == clean, "text without idents stays unchanged");
    fuzz::require(git::for_libgit2(content, true).size() <= 8 * content.size() + 8,
                  "attributes do not grow without limit");
}

void check_pointers(git_repository* repository, const CommitId& commit, std::string_view content,
                    std::string_view attributes) {
    constexpr std::string_view attributes_file{".gitattributes"};
    const auto pointers = git::lfs_pointers_of(repository, std::nullopt, commit, 10);
    if (!pointers) return fuzz::require_readable(pointers.error());
    for (const auto& path : *pointers) {
        const auto text = path == attributes_file ? attributes : content;
        fuzz::require(
            text.starts_with("version https://git-lfs.github.com/spec/") && text.size() <= 1024,
            "a pointer of LFS is small and begins with its version");
        fuzz::require(attributes.find("lfs") != std::string_view::npos,
                      "a pointer has the attribute of LFS");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    const auto name = take_line(input);
    const auto content = take_until(input, '\0');
    check_idents(content);
    check_idents(input);
    // No other name sorts here; the entries of a tree are in order.
    if (git::unsafe_path(name, false) || name.find('/') != std::string_view::npos ||
        name <= ".gitattributes")
        return;
    auto* const repository = on_disk();
    const auto file = write(repository, GIT_OBJECT_BLOB, content);
    const auto attributes = write(repository, GIT_OBJECT_BLOB, input);
    const auto commit = commit_with(repository, attributes, file, name);
    check_pointers(repository, commit, content, input);
    auto rules = git::Rules::of(repository, commit);
    if (!rules) return require_readable(rules.error());
    const std::string path{name};
    const auto disk = rules->to_disk(path, file);
    if (!disk) return require_readable(disk.error());
    require(disk->size() <= 16 * content.size(), "a file on disk does not grow without limit");
    const auto compared = rules->is(".gitattributes", input, attributes);
    if (!compared) require_readable(compared.error());
    const auto again = rules->to_disk(path, file);
    require(again && *again == *disk, "a comparison of .gitattributes does not change the rules");
    const auto same = rules->is(path, *disk, file);
    require(same && *same, "a written file is recognised as the commit's own");
}
