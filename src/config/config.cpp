#include <inhaul/config/config.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>

namespace inhaul::config {
namespace {

constexpr std::size_t largest_file = 256 * 1024;

std::vector<fs::path> files_in(const fs::path& directory, std::vector<Problem>& problems) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".toml") files.push_back(entry->path());
    if (error) {
        problems.push_back(
            {directory,
             0,
             0,
             {},
             fmt::format("cannot be read: {}", error.message()),
             "Make it, with a file NAME.toml for each app, or name another with --config."});
    } else if (files.empty()) {
        problems.push_back({directory,
                            0,
                            0,
                            {},
                            "holds no settings",
                            "Write a file NAME.toml there for each app."});
    }
    std::sort(files.begin(), files.end());
    return files;
}

void load_file(const fs::path& file, Loaded& into) {
    const auto text = file::read(file, largest_file);
    if (!text) {
        into.problems.push_back({file, 0, 0, {}, text.error().message, text.error().hint});
        return;
    }
    auto one = parse(*text, file);
    if (!one.apps.empty()) one.problems = inspect(one.apps.front(), *text);
    if (one.problems.empty()) into.apps.push_back(std::move(one.apps.front()));
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(into.problems));
}

/// Two apps in one directory would undo each other for ever.
void refuse_shared_directories(Loaded& loaded) {
    std::map<fs::path, AppName> owners;
    std::erase_if(loaded.apps, [&](const Settings& settings) {
        const auto [owner, first] = owners.emplace(settings.directory, settings.app);
        if (first) return false;
        loaded.problems.push_back({settings.file,
                                   0,
                                   0,
                                   "directory",
                                   fmt::format("{} is the directory of {} already",
                                               settings.directory.string(), owner->second.text()),
                                   {}});
        return true;
    });
}

Result<fs::path> made_absolute(const fs::path& path) {
    std::error_code error;
    auto whole = fs::absolute(path, error).lexically_normal();
    if (error) return fail(system_error(error.value(), path.string()));
    return whole.has_filename() ? whole : whole.parent_path();
}

fs::path below_home(const char* variable, const fs::path& home, const char* otherwise) {
    return fs::path{file::environment(variable).value_or((home / otherwise).string())} / "inhaul";
}

}  // namespace

std::string format(const Problem& problem) {
    auto text = problem.file.string();
    if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
    text += ": ";
    if (!problem.key.empty()) text += problem.key + ": ";
    text += problem.message;
    if (!problem.hint.empty()) text += "\n        " + problem.hint;
    return text;
}

Loaded load(const fs::path& directory) {
    Loaded loaded;
    for (const auto& file : files_in(directory, loaded.problems))
        load_file(file, loaded);
    refuse_shared_directories(loaded);
    return loaded;
}

Result<Places> places(const std::optional<fs::path>& config_option,
                      const std::optional<fs::path>& state_option) {
    const fs::path system{"/etc/inhaul"};
    const auto account = TRY(file::account());
    Places places;
    std::error_code ignored;
    if (config_option) {
        places.settings = TRY(made_absolute(*config_option));
    } else if (fs::is_directory(system / account.name, ignored)) {
        places.settings = system / account.name;
    } else {
        places.settings = below_home("XDG_CONFIG_HOME", account.home, ".config");
    }

    if (state_option) {
        places.state = TRY(made_absolute(*state_option));
    } else if (const auto given = file::environment("STATE_DIRECTORY")) {
        places.state = *given;
    } else if (places.settings.parent_path() == system) {
        places.state = fs::path{"/var/lib/inhaul"} / places.settings.filename();
    } else {
        places.state = below_home("XDG_STATE_HOME", account.home, ".local/state");
    }
    return places;
}

}  // namespace inhaul::config
