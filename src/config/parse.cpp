#include <inhaul/config/config.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "document.hpp"
#include "remote_url.hpp"

namespace inhaul::config {
namespace {

constexpr auto github_api = "https://api.github.com";

/// Reads one document into settings; each function one table.
class Reading {
public:
    explicit Reading(Document& document) : document_(document) {}
    std::optional<Settings> read(const AppName& app, const fs::path& file);

private:
    void read_auth(Settings& settings);
    void read_remote(Settings& settings);
    void read_head_source(Settings& settings);
    void read_directory(Settings& settings);
    void read_service(Settings& settings);
    void read_unit(Settings& settings);
    std::optional<fs::path> path(std::string_view key);
    Milliseconds duration(std::string_view key, Milliseconds otherwise, Milliseconds least,
                          Milliseconds most);

    Document& document_;
};

std::optional<fs::path> Reading::path(std::string_view key) {
    const auto text = document_.text(key);
    if (!text) return std::nullopt;
    auto expanded = file::expand(*text);
    if (expanded) return std::move(*expanded);
    document_.problem(key, expanded.error().message, expanded.error().hint);
    return std::nullopt;
}

Milliseconds Reading::duration(std::string_view key, Milliseconds otherwise, Milliseconds least,
                               Milliseconds most) {
    const auto text = document_.text(key);
    if (!text) return otherwise;
    const auto value = parse_duration(*text);
    if (!value) {
        document_.problem(key, fmt::format("\"{}\" is no duration", printable(*text)),
                          "Write it as \"60s\", \"5m\" or \"1h30m\".");
        return otherwise;
    }
    if (*value >= least && *value <= most) return *value;
    document_.problem(key, fmt::format("\"{}\" is not between {} and {}", printable(*text),
                                       format_duration(least), format_duration(most)));
    return otherwise;
}

void Reading::read_auth(Settings& settings) {
    settings.ssh_key = path("auth.ssh_key");
    settings.known_hosts = path("auth.known_hosts");
    settings.token_file = path("auth.token_file");
    settings.ca_file = path("tls.ca_file");
}

void Reading::read_remote(Settings& settings) {
    std::string api = github_api;
    if (const auto url = document_.text("github.api_url")) {
        if (auto checked = check_api(*url)) {
            api = std::move(*checked);
        } else {
            document_.problem("github.api_url", checked.error().message, checked.error().hint);
        }
    }
    if (!document_.has("repository")) {
        document_.problem("repository", "is missing", R"(Add: repository = "owner/name")");
        return;
    }
    const auto text = document_.text("repository");
    if (!text) return;
    settings.repository = *text;
    auto location = locate(*text, api, settings.ssh_key.has_value());
    if (!location) {
        document_.problem("repository", location.error().message, location.error().hint);
        return;
    }
    settings.git_url = std::move(location->git_url);
    settings.github = std::move(location->github);
}

/// REST where it can be used: with a token, or for a public repository that needs none.
void Reading::read_head_source(Settings& settings) {
    const bool anonymous =
        !settings.ssh_key && !settings.token_file && !settings.git_url.starts_with("ssh://");
    const bool api = settings.github && (settings.token_file || anonymous);
    settings.head_source = api ? HeadSource::github_api : HeadSource::git;
    const auto via = document_.text("poll.via");
    if (!via) return;
    if (*via == "git") {
        settings.head_source = HeadSource::git;
    } else if (*via != "api") {
        document_.problem("poll.via",
                          fmt::format("\"{}\" is neither \"api\" nor \"git\"", printable(*via)));
    } else if (!settings.github) {
        document_.problem("poll.via", "\"api\" is for repositories on GitHub",
                          "Write \"git\", or set github.api_url for an Enterprise server.");
    } else {
        settings.head_source = HeadSource::github_api;
    }
}

void Reading::read_directory(Settings& settings) {
    if (!document_.has("directory"))
        document_.problem("directory", "is missing", R"(Add: directory = "/home/scripts/myapp")");
    if (auto directory = path("directory")) {
        settings.directory = directory->has_filename() ? *directory : directory->parent_path();
        const auto home = file::account();
        if (settings.directory == settings.directory.root_path() ||
            (home && settings.directory == home->home.lexically_normal()))
            document_.problem("directory", fmt::format("{} must be a directory of the app's own",
                                                       directory->string()));
    }
    const auto stamp = document_.text("stamp");
    if (!stamp) return;
    const auto relative = fs::path{*stamp}.lexically_normal();
    const auto first = relative.empty() ? fs::path{} : *relative.begin();
    if (relative.is_absolute() || !relative.has_filename() || first == ".." || first == ".git" ||
        first == "." || printable(*stamp) != *stamp) {
        document_.problem("stamp",
                          fmt::format("\"{}\" is no file inside the directory", printable(*stamp)),
                          R"(Write a name such as "updated.txt".)");
        return;
    }
    settings.stamp = relative;
}

bool is_unit_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{":-_.\\@"}.find(c) != std::string_view::npos;
    };
    return !name.empty() && name.size() < 256 && name[0] != '-' && name[0] != '.' &&
           std::all_of(name.begin(), name.end(), allowed);
}

void Reading::read_unit(Settings& settings) {
    SystemdUnit unit;
    if (const auto name = document_.text("service.unit")) {
        if (!is_unit_name(*name))
            document_.problem("service.unit",
                              fmt::format("\"{}\" is no name of a unit", printable(*name)),
                              R"(Write it as systemctl does: "myapp.service".)");
        unit.unit = name->find('.') == std::string::npos ? *name + ".service" : *name;
    }
    if (const auto scope = document_.text("service.scope")) {
        if (*scope == "user")
            unit.scope = SystemdUnit::Scope::user;
        else if (*scope != "system")
            document_.problem(
                "service.scope",
                fmt::format("\"{}\" is neither \"system\" nor \"user\"", printable(*scope)));
        if (unit.unit.empty())
            document_.problem("service.scope", "is of no use without service.unit");
    }
    if (!unit.unit.empty()) settings.service = std::move(unit);
}

void Reading::read_service(Settings& settings) {
    using std::chrono::hours;
    settings.restart_deadline =
        duration("service.restart_deadline", settings.restart_deadline, Seconds{1}, hours{1});
    settings.settle = duration("service.settle", settings.settle, Seconds{0}, hours{1});
    read_unit(settings);
    auto words = document_.words("service.restart");
    if (!words) return;
    if (document_.has("service.unit"))
        document_.problem("service.restart", "cannot be used together with service.unit",
                          "Keep the one that restarts the app.");
    if (words->empty() || words->front().empty())
        document_.problem("service.restart", "names no program");
    settings.service = RestartCommand{std::move(*words)};
}

std::optional<Settings> Reading::read(const AppName& app, const fs::path& file) {
    document_.check_keys();
    auto branch = BranchName::parse("main");
    if (const auto text = document_.text("branch")) {
        const auto given = BranchName::parse(*text);
        if (given)
            branch = given;
        else
            document_.problem("branch",
                              fmt::format("\"{}\" is no name of a branch", printable(*text)),
                              "Write it without refs/heads/, as `git branch` shows it.");
    }
    Settings settings{.app = app, .file = file, .branch = *branch};
    read_auth(settings);
    read_remote(settings);
    read_head_source(settings);
    read_directory(settings);
    const bool rest = settings.head_source == HeadSource::github_api;
    settings.poll_interval = duration("poll.interval", settings.poll_interval,
                                      rest ? Seconds{5} : Seconds{1}, std::chrono::hours{24 * 7});
    settings.deploy_deadline =
        duration("deploy.deadline", settings.deploy_deadline, Seconds{1}, std::chrono::hours{24});
    read_service(settings);
    if (document_.broken()) return std::nullopt;
    return settings;
}

/// FNV-1a, 64 bits: the same for the same text in every build.
std::string mark_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return fmt::format("{:016x}", hash);
}

}  // namespace

Loaded parse(std::string_view toml, const fs::path& file) {
    const auto app = AppName::parse(file.stem().string());
    if (!app)
        return {{},
                {{file,
                  0,
                  0,
                  {},
                  "its name cannot be an app's",
                  "Use letters, digits, dots, - and _, and begin with a letter or digit."}}};
    Document document{toml, file};
    if (document.broken()) return {{}, document.take_problems()};
    auto settings = Reading{document}.read(*app, file);
    if (!settings) return {{}, document.take_problems()};
    settings->mark = mark_of(to_toml(*settings));
    return {{std::move(*settings)}, {}};
}

}  // namespace inhaul::config
