// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/text.hpp>

#include "document.hpp"

namespace inhaul::config {
namespace {

/// Returns the command after which this account can read a directory or a file of settings. Those
/// below /etc/inhaul must stay root's.
std::string permission_to_read(const fs::path& path, bool of_system) {
    const auto word = shell_word(path.string());
    if (!of_system) return fmt::format("sudo chown {} {}", account::current_name(), word);
    if (path.extension() != ".toml") return "sudo chmod 755 " + word;
    return fmt::format("sudo chgrp {0} {1} && sudo chmod 640 {1}", account::current_name(), word);
}

std::vector<fs::path> files_in(const fs::path& directory, Loaded& loaded) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error))
        if (is_app_file(entry->path())) files.push_back(entry->path());
    const auto wrong = [&](std::string message, std::string hint) {
        loaded.problems.push_back({directory, 0, 0, {}, std::move(message), std::move(hint)});
    };
    if (error && error != std::errc::no_such_file_or_directory) loaded.unread.push_back(directory);
    if (error == std::errc::no_such_file_or_directory)
        wrong("no such directory", "To set up an app, run: sudo inhaul init DIRECTORY");
    else if (error == std::errc::not_a_directory)
        wrong("is a file, not a directory of settings",
              fmt::format("Name its directory: {}.", directory.parent_path().string()));
    else if (error)
        wrong("cannot be read: " + error.message(),
              "Run: " + permission_to_read(directory, is_system_place(directory)));
    else if (auto guarded = guard::open(directory, ::geteuid()); !guarded) {
        wrong(guarded.error().message, guarded.error().hint);
        loaded.unread.push_back(directory);
        files.clear();
        return files;
    } else if (files.empty())
        wrong("contains no settings", "To set up an app, run: sudo inhaul init DIRECTORY");
    loaded.without_files =
        files.empty() && (!error || error == std::errc::no_such_file_or_directory);
    std::sort(files.begin(), files.end());
    return files;
}

/// Settings name programs that are run, so a user who can change them acts as this account.
Result<std::string> read_guarded(const fs::path& path) {
    TRY(guard::check_file(path, ::geteuid()));
    auto text = file::read(path, largest_file);
    if (!text && text.error().code == ErrorCode::permission)
        text.error().hint = "Run: " + permission_to_read(path, is_system_place(path.parent_path()));
    return text;
}

struct Text {
    Settings settings;
    std::string toml;
};

std::optional<Text> read_one(const fs::path& path, Loaded& loaded) {
    auto& problems = loaded.problems;
    auto toml = read_guarded(path);
    if (!toml) {
        problems.push_back({path, 0, 0, {}, toml.error().message, toml.error().hint});
        loaded.unread.push_back(path);
        return std::nullopt;
    }
    auto one = parse(*toml, path);
    if (!one.apps.empty()) one.problems = inspect(one.apps.front(), *toml);
    const bool good = one.problems.empty();
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(problems));
    if (!good) {
        std::move(one.apps.begin(), one.apps.end(), std::back_inserter(loaded.with_problems));
        return std::nullopt;
    }
    return Text{std::move(one.apps.front()), std::move(*toml)};
}

/// A directory that cannot be read has its own problem.
void read_account(const fs::path& directory, Loaded& loaded) {
    const auto path = directory / account_file;
    std::error_code error;
    if (!fs::exists(fs::symlink_status(path, error))) return;
    loaded.account.reset();
    auto toml = read_guarded(path);
    if (!toml) {
        loaded.problems.push_back({path, 0, 0, {}, toml.error().message, toml.error().hint});
        return;
    }
    auto one = parse_account(*toml, path);
    if (one.settings) one.problems = inspect(*one.settings, *toml);
    if (one.problems.empty()) loaded.account = std::move(one.settings);
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(loaded.problems));
}

/// Two apps in one directory would overwrite each other again and again. The first by name keeps
/// it.
class Directories {
public:
    [[nodiscard]] bool claim(const Text& one, std::vector<Problem>& problems) {
        std::error_code error;
        auto real = fs::weakly_canonical(one.settings.directory, error);
        if (error) real = one.settings.directory;
        const auto [owner, first] = owners_.emplace(real, one.settings.app);
        if (first) return true;
        Document document{one.toml, one.settings.file};
        document.problem(
            "directory",
            fmt::format("{} is already the directory of {}", real.string(), owner->second.text()),
            "Give each app its own directory.");
        for (auto& problem : document.take_problems())
            problems.push_back(std::move(problem));
        return false;
    }

private:
    std::map<fs::path, AppName> owners_;
};

/// A published file in an app's directory would be a local edit.
void refuse_files_in_apps(Loaded& loaded) {
    if (!loaded.account) return;
    const auto real = [](const fs::path& path) {
        std::error_code error;
        auto found = fs::weakly_canonical(path, error);
        return error ? path : found;
    };
    auto& account = *loaded.account;
    const std::array files{std::pair{"metrics.textfile", &account.metrics_file},
                           std::pair{"page.file", &account.page_file}};
    for (const auto& [key, file] : files)
        for (const auto& app : loaded.apps) {
            if (!*file || !file::is_below(real((*file)->parent_path()), real(app.directory)))
                continue;
            loaded.problems.push_back(
                {account.file, 0, 0, key,
                 fmt::format("{} is in the directory of {}", (*file)->string(), app.app.text()),
                 "Name a file in another directory: deployments save changes in this one as "
                 "local edits."});
            file->reset();
        }
}

void sort_by_name(std::vector<Settings>& apps) {
    std::sort(apps.begin(), apps.end(),
              [](const Settings& a, const Settings& b) { return a.app < b.app; });
}

bool has_place_of(const std::vector<Settings>& apps, const Settings& other) {
    return std::any_of(apps.begin(), apps.end(), [&](const Settings& each) {
        return each.app == other.app || each.directory == other.directory;
    });
}

}  // namespace

bool is_app_file(const fs::path& path) {
    return path.extension() == ".toml" && path.filename() != account_file &&
           !path.filename().string().starts_with('.');
}

Loaded load(const fs::path& directory) {
    Loaded loaded;
    Directories directories;
    for (const auto& path : files_in(directory, loaded))
        if (auto one = read_one(path, loaded); one && directories.claim(*one, loaded.problems))
            loaded.apps.push_back(std::move(one->settings));
    sort_by_name(loaded.apps);
    if (loaded.unread.empty() || loaded.unread.front() != directory)
        read_account(directory, loaded);
    else
        loaded.account.reset();
    refuse_files_in_apps(loaded);
    return loaded;
}

Loaded reload(const fs::path& directory, const std::vector<Settings>& before) {
    auto loaded = load(directory);
    const auto unread = [&](const fs::path& path) {
        return std::find(loaded.unread.begin(), loaded.unread.end(), path) != loaded.unread.end();
    };
    for (const auto& settings : before)
        if ((unread(directory) || unread(settings.file)) && !has_place_of(loaded.apps, settings))
            loaded.apps.push_back(settings);
    sort_by_name(loaded.apps);
    return loaded;
}

}  // namespace inhaul::config
