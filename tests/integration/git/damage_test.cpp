// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

// Damage in any part of the history that any function of the port may find, at any time.

namespace {

void overwrite(const fs::path& file, const std::string& content) {
    fs::permissions(file, fs::perms{0644});
    write_file(file, content);
}

/// A deployed app with five commits, each in its own pack from its own fetch. It has a user's
/// branch, stash and tag.
struct History : Place {
    explicit History(bool release_directories) : with_releases(release_directories) {
        [[maybe_unused]] const LibraryMayLeak here;
        upstream.write("deep/er/and/er/still/kept", "kept\n");
        upstream.link("bin/link", "../deep");
        for (const auto* const name : {"1", "2", "3", "4"}) {
            upstream.write("src/lib/a", std::string{name} + "\n");
            upstream.write("run " + std::string{name} + ".sh", "#!/bin/sh\n");
            upstream.executable("run " + std::string{name} + ".sh", true);
            commits.push_back(upstream.commit(std::string{"commit "} + name));
            upstream.push();
            deploy_all();
        }
        if (!release_directories) {
            git({"branch", "mine", "HEAD~2"});
            git({"tag", "-a", "-m", "mine", "v1", "HEAD~1"});
            write_file(directory / "src/lib/a", "stashed\n");
            git({"-c", "user.name=Ada", "stash", "-q"});
        }
        commits.push_back(upstream.publish("src/lib/a", "5\n"));
        fs::rename(directory, temporary.path / "pristine");
        restore();
    }
    [[nodiscard]] std::unique_ptr<git::Repository> made() const {
        if (with_releases) return git::releases(directory, main_branch, access(), {});
        return git::repository(directory, main_branch, access());
    }
    void deploy_all() const {
        const auto app = made();
        must(app->open());
        must(app->switch_to(must(app->fetch(no_progress, std::nullopt))));
    }
    void restore() const {
        fs::remove_all(directory);
        fs::copy(temporary.path / "pristine", directory,
                 fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
    [[nodiscard]] fs::path git_directory() const {
        return directory / (with_releases ? "repo.git" : ".git");
    }
    /// Returns the path of the pack from the fetch of a commit, without extension.
    [[nodiscard]] fs::path pack_of(const CommitId& commit) const {
        for (const auto& entry : fs::directory_iterator{git_directory() / "objects/pack"})
            if (entry.path().extension() == ".idx" &&
                run_git(git_directory(), {"verify-pack", "-v", entry.path().string()})
                        .find(commit.hex()) != std::string::npos)
                return fs::path{entry.path()}.replace_extension();
        throw std::runtime_error("no pack has " + commit.hex());
    }
    [[nodiscard]] bool was_recreated() const {
        return fs::exists(git_directory() / "inhaul-damaged");
    }

    bool with_releases;
    std::vector<CommitId> commits;
};

struct DamagedHistory {
    const char* name;
    std::function<void(const History&)> make;
};

const std::vector<DamagedHistory> of_objects{
    {"a pack of the middle is missing",
     [](const History& app) {
         const auto pack = app.pack_of(app.commits[1]);
         for (const auto* const end : {".pack", ".idx"})
             fs::remove(pack.string() + end);
     }},
    {"a pack of the middle is truncated",
     [](const History& app) {
         const auto pack = app.pack_of(app.commits[1]).string() + ".pack";
         fs::permissions(pack, fs::perms{0644});
         fs::resize_file(pack, 30);
     }},
    {"a pack of the middle is empty",
     [](const History& app) { overwrite(app.pack_of(app.commits[2]).string() + ".pack", ""); }},
    {"the index of a pack of the middle is empty",
     [](const History& app) { overwrite(app.pack_of(app.commits[1]).string() + ".idx", ""); }},
    {"loose objects of the middle are empty",
     [](const History& app) {
         const auto pack = app.pack_of(app.commits[1]);
         fs::rename(pack.string() + ".pack", app.temporary.path / "taken");
         fs::remove(pack.string() + ".idx");
         process::run(
             {.argv = {"sh", "-c",
                       "git unpack-objects -q < ../../taken || git unpack-objects -q < ../taken"},
              .directory = app.git_directory(),
              .environment = git_environment(),
              .clean_environment = true},
             Milliseconds{10'000})
             .value();
         const auto hex = app.commits[1].hex();
         overwrite(app.git_directory() / "objects" / hex.substr(0, 2) / hex.substr(2), "");
     }},
    {"an alternate is missing",
     [](const History& app) {
         const auto objects = app.git_directory() / "objects";
         const auto pack = app.pack_of(app.commits[1]);
         fs::create_directories(app.git_directory() / "objects/info");
         write_file(objects / "info/alternates", (app.temporary.path / "gone").string() + "\n");
         for (const auto* const end : {".pack", ".idx"})
             fs::remove(pack.string() + end);
     }},
};

/// Damages files as a power loss after their write.
const std::vector<DamagedHistory> of_files{
    {"an empty HEAD", [](const History& app) { overwrite(app.git_directory() / "HEAD", ""); }},
    {"an empty configuration",
     [](const History& app) { overwrite(app.git_directory() / "config", ""); }},
    {"an empty ref of the branch's head",
     [](const History& app) { overwrite(app.git_directory() / "refs/inhaul/main", ""); }},
    {"an empty ref of the live commit",
     [](const History& app) { overwrite(app.git_directory() / "refs/inhaul-live", ""); }},
    {"packed refs that are garbage",
     [](const History& app) { write_file(app.git_directory() / "packed-refs", "\x01garbage\n"); }},
    {"an empty index",
     [](const History& app) {
         const auto index = app.git_directory() / "index";
         if (fs::exists(index)) overwrite(index, "");
         for (const auto& entry : fs::recursive_directory_iterator{app.git_directory()})
             if (entry.path().filename() == "index") overwrite(entry.path(), "");
     }},
    {"an empty commit graph and an empty list of packs",
     [](const History& app) {
         fs::create_directories(app.git_directory() / "objects/info");
         write_file(app.git_directory() / "objects/info/commit-graph", "");
         write_file(app.git_directory() / "objects/info/packs", "");
     }},
    {"empty links to worktrees",
     [](const History& app) {
         if (!app.with_releases) return;
         for (const auto& commit : app.commits) {
             const auto admin = app.git_directory() / "worktrees" / commit.hex();
             if (!fs::exists(admin)) continue;
             for (const auto* const name : {"HEAD", "gitdir", "commondir"})
                 overwrite(admin / name, "");
             overwrite(app.directory / "releases" / commit.hex() / ".git", "");
         }
     }},
};

std::string text_of(bool value) {
    return value ? "yes" : "no";
}
std::string text_of(const std::string& text) {
    return text;
}
std::string text_of(const CommitId& commit) {
    return commit.hex();
}
std::string text_of(const CommitSummary& summary) {
    return summary.author + summary.subject;
}
std::string text_of(const git::Repository::Signature& signature) {
    return signature.signature;
}
std::string text_of(const git::Repository::LogEntry& entry) {
    return text_of(entry.commit);
}
std::string text_of(const git::Repository::ChangedFile& file) {
    return file.how + file.path;
}
template <class T>
std::string text_of(const std::optional<T>& value) {
    return value ? text_of(*value) : "nothing";
}
std::string text_of(const git::Comparison& found) {
    return text_of(found.head_is_target) + text_of(found.tree_is_target) +
           std::to_string(found.edited);
}
template <class T>
std::string text_of(const std::vector<T>& values) {
    std::string text;
    for (const auto& value : values)
        text += text_of(value) + " ";
    return text;
}
template <class T>
std::string answer(Result<T> result) {
    if (!result) return "error: " + result.error().message;
    return text_of(*result);
}
std::string answer(Result<void> result) {
    return result ? "done" : "error: " + result.error().message;
}

struct Call {
    const char* name;
    std::function<std::string(git::Repository&, const History&)> make;
};

const std::vector<Call> calls{
    {"fetch", [](auto& r, auto&) { return answer(r.fetch(no_progress, std::nullopt)); }},
    {"has", [](auto& r, auto& h) { return answer(r.has(h.commits[1])); }},
    {"has, false",
     [](auto& r, auto&) { return answer(r.has(CommitId::parse(std::string(40, 'a')).value())); }},
    {"resolve",
     [](auto& r, auto& h) { return answer(r.resolve(h.commits[1].hex().substr(0, 8))); }},
    {"summary", [](auto& r, auto& h) { return answer(r.summary(h.commits[1])); }},
    {"head", [](auto& r, auto&) { return answer(r.head()); }},
    {"message", [](auto& r, auto& h) { return answer(r.message(h.commits[1])); }},
    {"descends", [](auto& r, auto& h) { return answer(r.descends(h.commits[3], h.commits[0])); }},
    {"descends from the middle",
     [](auto& r, auto& h) { return answer(r.descends(h.commits[3], h.commits[1])); }},
    {"descends, false",
     [](auto& r, auto& h) { return answer(r.descends(h.commits[0], h.commits[3])); }},
    {"differ_below",
     [](auto& r, auto& h) {
         return answer(r.differ_below(h.commits[1], h.commits[3], {"deep", "bin"}));
     }},
    {"log", [](auto& r, auto& h) { return answer(r.log(h.commits[0], h.commits[3], 20)); }},
    {"changed_files",
     [](auto& r, auto& h) { return answer(r.changed_files(h.commits[1], h.commits[3])); }},
    {"lfs_pointers",
     [](auto& r, auto& h) { return answer(r.lfs_pointers(h.commits[1], h.commits[3], 9)); }},
    {"fetch_submodules",
     [](auto& r, auto& h) { return answer(r.fetch_submodules(h.commits[1], no_progress)); }},
    {"signature", [](auto& r, auto& h) { return answer(r.signature(h.commits[1])); }},
    {"same_tree", [](auto& r, auto& h) { return answer(r.same_tree(h.commits[1], h.commits[1])); }},
    {"related", [](auto& r, auto& h) { return answer(r.related(h.commits[1], h.commits[3])); }},
    {"compare", [](auto& r, auto& h) { return answer(r.compare(h.commits[3])); }},
    {"compare with the middle", [](auto& r, auto& h) { return answer(r.compare(h.commits[1])); }},
    {"save_local_edits",
     [](auto& r, auto& h) {
         return std::to_string(must(r.save_local_edits(h.commits[1], h.patches)).size());
     }},
    {"prepare", [](auto& r, auto& h) { return answer(r.prepare(h.commits[1], false)); }},
    {"switch_to",
     [](auto& r, auto& h) {
         // In separate statements: the operands of + have no order.
         auto result = answer(r.switch_to(h.commits[1]));
         result += answer(r.compare(h.commits[1]));
         result += answer(r.switch_to(h.commits[2]));
         return result + content_of(r.place_of(h.commits[2]) / "src/lib/a");
     }},
    {"write_stamp",
     [](auto& r, auto& h) {
         return answer(r.write_stamp("updated.txt", h.commits[3], TimePoint{}));
     }},
    {"prune",
     [](auto& r, auto& h) {
         const std::vector<CommitId> needed{h.commits[2], h.commits[3]};
         return std::to_string(must(r.prune(needed, h.patches)).size());
     }},
};

/// A repair must have kept the user's data.
void check_belongings(const History& app) {
    if (app.with_releases) return;
    CHECK(run_git(app.directory, {"rev-parse", "mine"}) == app.commits[1].hex());
    CHECK(run_git(app.directory, {"rev-parse", "v1^{commit}"}) == app.commits[2].hex());
    CHECK(run_git(app.directory, {"show", "stash@{0}:src/lib/a"}) == "stashed");
    CHECK(run_git(app.directory, {"log", "-g", "--format=%H", "-1", "HEAD@{1}"}) != "");
}

void check_all(const History& app, const std::vector<DamagedHistory>& damages, bool when_open) {
    [[maybe_unused]] const LibraryMayLeak here;
    for (const auto& call : calls) {
        app.restore();
        std::string wanted;
        {
            const auto whole = app.made();
            must(whole->open());
            wanted = call.make(*whole, app);
        }
        for (const auto& damage : damages) {
            CAPTURE(call.name, damage.name, when_open, app.with_releases);
            app.restore();
            const auto repository = app.made();
            if (when_open) must(repository->open());
            damage.make(app);
            if (!when_open) must(repository->open());
            CHECK(call.make(*repository, app) == wanted);
            if (app.was_recreated()) check_belongings(app);
            if (app.was_recreated())
                CHECK(run_git(app.git_directory(), {"fsck"}).find("missing") == std::string::npos);
        }
    }
}

}  // namespace

TEST_CASE("objects that are damaged while a checkout is open are repaired by every function") {
    check_all(History{false}, of_objects, true);
}

TEST_CASE("a damaged checkout is repaired by every function") {
    check_all(History{false}, of_files, false);
}

TEST_CASE("damaged releases are repaired by every function") {
    const History app{true};
    check_all(app, {of_objects[0], of_objects[2]}, true);
    check_all(app, of_files, false);
}

TEST_CASE("a dry run repairs no damage, and its hint finds it") {
    const bool with_releases = GENERATE(false, true);
    const History app{with_releases};
    [[maybe_unused]] const LibraryMayLeak here;
    of_objects[0].make(app);
    const auto repository = app.made();
    must(repository->open_for_dry_run(app.temporary.path / "scratch"));
    const auto damaged = repository->summary(app.commits[1]);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().code == ErrorCode::corrupt);
    const auto place = app.with_releases ? app.git_directory() : app.directory;
    CHECK(damaged.error().hint ==
          "The next deployment that needs the damaged part repairs it.\n"
          "To find the damage, run: git -C " +
              place.string() + " fsck");
    CHECK_FALSE(app.was_recreated());
}

TEST_CASE("a concurrent gc does not count as damage") {
    const bool with_releases = GENERATE(false, true);
    const History app{with_releases};
    [[maybe_unused]] const LibraryMayLeak here;
    for (const auto& call : calls) {
        CAPTURE(call.name, with_releases);
        app.restore();
        const auto repository = app.made();
        must(repository->open());
        (void)must(repository->summary(app.commits[3]));
        // Nor do files that a user's git leaves count.
        run_git(app.git_directory(),
                {"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/no"});
        // libgit2 cannot fetch beside tags of objects other than commits.
        if (std::string{call.name} != "fetch") {
            run_git(app.git_directory(), {"tag", "file", app.commits[0].hex() + ":src/lib/a"});
            run_git(app.git_directory(), {"tag", "tree", app.commits[0].hex() + "^{tree}"});
        }
        run_git(app.git_directory(), {"repack", "-a", "-d", "-q"});
        run_git(app.git_directory(), {"pack-refs", "--all"});
        const auto result = call.make(*repository, app);
        CHECK_THAT(result, !ContainsSubstring("error"));
        CHECK_FALSE(app.was_recreated());
    }
}
