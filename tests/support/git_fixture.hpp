// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <inhaul/git/repository.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include "support/tls.hpp"

/// Repositories that the real git creates and reads.
namespace inhaul::test {

/// Git ignores the configuration of this host and account.
inline std::vector<std::pair<std::string, std::string>> git_environment() {
    return {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
            {"HOME", "/nonexistent"},
            {"LC_ALL", "C.UTF-8"},
            {"GIT_CONFIG_NOSYSTEM", "1"},
            {"GIT_AUTHOR_NAME", "Ada"},
            {"GIT_AUTHOR_EMAIL", "ada@example.org"},
            {"GIT_AUTHOR_DATE", "2026-03-01T09:30:00Z"},
            {"GIT_COMMITTER_NAME", "Ada"},
            {"GIT_COMMITTER_EMAIL", "ada@example.org"},
            {"GIT_COMMITTER_DATE", "2026-03-01T09:30:00Z"}};
}

/// The exit status and the output of a run of git. `more`: further variables of its environment.
inline process::Finished try_git(const fs::path& directory, std::vector<std::string> words,
                                 const process::Environment& more = {}) {
    auto environment = git_environment();
    environment.insert(environment.end(), more.begin(), more.end());
    words.insert(words.begin(), {"git", "-C", directory.string(), "-c", "init.defaultBranch=main",
                                 "-c", "gc.auto=0"});
    auto done = process::run({.argv = std::move(words),
                              .environment = std::move(environment),
                              .clean_environment = true,
                              .capture_output = true},
                             Milliseconds{60'000});
    if (!done) throw std::runtime_error(done.error().message);
    return std::move(*done);
}

/// Returns git's output without the white space at its ends. Git must succeed.
inline std::string run_git(const fs::path& directory, const std::vector<std::string>& words,
                           const process::Environment& more = {}) {
    const auto done = try_git(directory, words, more);
    if (done.status.success()) return std::string{trimmed(done.output)};
    throw std::runtime_error("git " + words.front() + ": " + done.output);
}

inline CommitId commit_named(const fs::path& directory, const std::string& name) {
    return CommitId::parse(run_git(directory, {"rev-parse", "--verify", name + "^{commit}"}))
        .value();
}

inline std::string content_of(const fs::path& file) {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// A remote repository, and the working copy of its developer.
struct Upstream {
    explicit Upstream(const fs::path& below, const std::string& name = "app.git")
        : root(below), bare(below / name), laptop(below / (name + "-laptop")) {
        run_git(below, {"init", "-q", "--bare", bare.string()});
        run_git(below, {"init", "-q", laptop.string()});
        run_git(laptop, {"remote", "add", "origin", bare.string()});
        // For the commits that publish() writes to the remote.
        std::ofstream{laptop / ".git/objects/info/alternates"} << (bare / "objects").string()
                                                               << "\n";
    }

    void write(const std::string& name, const std::string& content) const {
        fs::create_directories((laptop / name).parent_path());
        std::ofstream{laptop / name, std::ios::binary} << content;
    }
    void remove(const std::string& name) const { fs::remove_all(laptop / name); }
    void link(const std::string& name, const std::string& target) const {
        remove(name);
        fs::create_directories((laptop / name).parent_path());
        fs::create_symlink(target, laptop / name);
    }
    void executable(const std::string& name, bool is) const {
        fs::permissions(laptop / name, is ? fs::perms{0755} : fs::perms{0644});
    }
    /// Adds entries as in real repositories: directories five deep, a link, a program.
    void furnish() const {
        if (fs::exists(laptop / "lib")) return;
        write("lib/five/directories/are deep/ünder/file", "of the beginning\n");
        write("lib/program", "#!/bin/sh\nexit 0\n");
        executable("lib/program", true);
        link("lib/link", "five/directories");
    }
    [[nodiscard]] CommitId commit(const std::string& message,
                                  const process::Environment& more = {}) const {
        furnish();
        run_git(laptop, {"add", "-A"}, more);
        run_git(laptop, {"commit", "-q", "--allow-empty", "-m", message}, more);
        return head();
    }
    /// Returns the commit of HEAD, without a process if possible.
    [[nodiscard]] CommitId head() const {
        constexpr std::string_view prefix{"ref: "};
        const auto name = content_of(laptop / ".git/HEAD");
        if (name.starts_with(prefix))
            if (auto found = CommitId::parse(trimmed(content_of(
                    laptop / ".git" / trimmed(std::string_view{name}.substr(prefix.size()))))))
                return *found;
        return commit_named(laptop, "HEAD");
    }
    void push(const std::string& branch = "main") const {
        run_git(laptop, {"push", "-q", "--force", "origin", "HEAD:refs/heads/" + branch});
    }
    /// Writes files, also deep ones, commits and pushes.
    [[nodiscard]] CommitId publish(const std::string& name, const std::string& content,
                                   const std::string& branch = "main") const {
        write(name, content);
        furnish();
        write("lib/five/directories/are deep/ünder/file", content);
        if (has_own_objects()) {
            auto made = commit("write " + name);
            push(branch);
            return made;
        }
        // A push takes ten processes: the commit's objects are written to the remote instead.
        auto made =
            commit("write " + name, {{"GIT_OBJECT_DIRECTORY", (bare / "objects").string()}});
        for (const auto& ref :
             {bare / "refs/heads" / branch, laptop / ".git/refs/remotes/origin" / branch}) {
            fs::create_directories(ref.parent_path());
            const auto written = ref.parent_path() / ".new-ref";
            std::ofstream{written} << made.hex() << "\n";
            fs::rename(written, ref);
        }
        return made;
    }
    /// Returns true if the developer's repository has objects that the remote may not have.
    [[nodiscard]] bool has_own_objects() const {
        const fs::directory_iterator objects{laptop / ".git/objects"};
        return std::any_of(begin(objects), end(objects), [](const fs::directory_entry& entry) {
            return entry.path().filename().string().size() == 2;
        });
    }

    fs::path root;
    fs::path bare;
    fs::path laptop;
};

/// Returns each file, link and directory of a tree except .git, with properties that git tracks.
inline std::map<std::string, std::string> snapshot(const fs::path& directory) {
    std::map<std::string, std::string> found;
    for (fs::recursive_directory_iterator entry{directory}, end; entry != end; ++entry) {
        const auto name = entry->path().lexically_relative(directory).string();
        if (name == ".git") {
            entry.disable_recursion_pending();
            continue;
        }
        const auto status = entry->symlink_status();
        if (fs::is_symlink(status)) {
            found[name] = "link to " + fs::read_symlink(entry->path()).string();
        } else if (fs::is_directory(status)) {
            found[name] = "directory";
        } else {
            const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms{};
            found[name] = (executable ? "program " : "file ") + content_of(entry->path());
        }
    }
    return found;
}

/// Returns the output of `git status` for tracked files, after a new read of each file's content.
inline std::string tracked_changes(const fs::path& directory) {
    const auto index = directory / ".git" / "index";
    // An index older than all files: git ignores its stat data.
    if (fs::exists(index))
        fs::last_write_time(index, fs::file_time_type::clock::now() - std::chrono::hours{24});
    return run_git(directory, {"status", "--porcelain", "--untracked-files=no"});
}

/// Returns leftovers of a killed run below .git.
inline std::vector<std::string> debris(const fs::path& directory) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{directory}) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".lock") || name.starts_with("pack_git2_") || name.starts_with("tmp_") ||
            name == "inhaul.writing" || name == "inhaul.linking" ||
            (name.starts_with(".inhaul-") && name.size() == 40))
            found.push_back(entry.path().string());
    }
    return found;
}

}  // namespace inhaul::test
