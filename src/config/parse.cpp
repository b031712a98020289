// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/account.hpp>

#include <config/tables/hook_tables.hpp>
#include <config/tables/notify_table.hpp>
#include <config/tables/relay_table.hpp>
#include <config/tables/report_table.hpp>
#include <config/tables/require_table.hpp>
#include <config/tables/service_table.hpp>
#include "document.hpp"
#include "hash.hpp"
#include "keys.hpp"
#include "remote_url.hpp"
#include "values.hpp"

namespace inhaul::config {
namespace {

using std::chrono::hours;

BranchName read_branch(Document& document) {
    constexpr auto heads = BranchName::prefix;
    auto main = *BranchName::parse("main");
    const auto text = document.text("branch");
    if (!text) return main;
    const auto branch = BranchName::parse(*text);
    if (branch && !text->starts_with(heads)) return *branch;
    const bool ref = branch && text->size() > heads.size();
    document.problem("branch",
                     ref ? fmt::format("{} is the full name of a ref", in_quotes(*text))
                         : fmt::format("{} is not a branch name", in_quotes(*text)),
                     ref ? fmt::format("Write {}.", in_quotes(text->substr(heads.size())))
                         : "Write the name as shown by `git branch`, such as \"main\".");
    return main;
}

/// True if the directory is the account's home or a parent of it.
bool contains_home(const fs::path& directory) {
    const auto account = account::current();
    if (!account || !account->home.is_absolute()) return false;
    const auto relative = account->home.lexically_normal().lexically_relative(directory);
    return !relative.empty() && *relative.begin() != "..";
}

fs::path read_directory(Document& document) {
    if (!document.has("directory"))
        document.problem(
            "directory", "is missing",
            fmt::format("Add, above the first [table]: {}", example_line("directory")));
    const auto directory = path_at(document, "directory");
    if (!directory) return {};
    if (*directory == directory->root_path() || contains_home(*directory))
        document.problem(
            "directory", fmt::format("{} contains more than the app", directory->string()),
            "Deployments overwrite every tracked file in it. Give the app its own directory.");
    return *directory;
}

std::optional<fs::path> read_stamp(Document& document) {
    const auto text = document.text("stamp");
    if (!text) return std::nullopt;
    const fs::path path{*text};
    const auto normal = path.lexically_normal();
    const auto forbidden = [](const fs::path& part) { return part == ".." || part == ".git"; };
    if (!has_control_character(*text) && path.is_relative() && normal.has_filename() &&
        normal != "." && std::none_of(path.begin(), path.end(), forbidden))
        return normal;
    document.problem("stamp",
                     fmt::format("{} is not a file inside the directory", in_quotes(*text)),
                     "Write a path relative to it, such as \"updated.txt\"; not in .git.");
    return std::nullopt;
}

/// True for a relative path that stays inside of the directory and outside of `.git`.
bool is_inside(const fs::path& path) {
    const auto forbidden = [](const fs::path& part) { return part == ".." || part == ".git"; };
    const auto normal = path.lexically_normal();
    return path.is_relative() && !path.empty() && normal != "." && normal != "./" &&
           std::none_of(path.begin(), path.end(), forbidden);
}

std::optional<ReleaseSettings> read_releases(Document& document) {
    const bool in_place = choice_at(document, "layout", "in-place", "releases").value_or(true);
    ReleaseSettings releases;
    if (const auto keep = document.number("releases.keep")) {
        if (*keep < 2 || *keep > 1000)
            document.problem("releases.keep", fmt::format("{} is out of range", *keep),
                             "Write a number from 2 to 1000. It includes the live release.");
        else
            releases.keep = static_cast<unsigned>(*keep);
    }
    for (const auto& text :
         document.words("releases.shared").value_or(std::vector<std::string>{})) {
        if (has_control_character(text) || !is_inside(text))
            document.problem(
                "releases.shared",
                fmt::format("{} is not a path inside a release", in_quotes(text)),
                "Write relative paths, directories with a slash at the end: [\".env\", "
                "\"uploads/\"].");
        else
            releases.shared.push_back(fs::path{text}.lexically_normal());
    }
    if (!in_place) return releases;
    for (const auto* const key : {"releases.keep", "releases.shared"})
        if (document.has(key))
            document.problem(key, "has no effect without layout = \"releases\"",
                             "Add, above the first [table]: layout = \"releases\"");
    return std::nullopt;
}

GitHubServer read_server(Document& document) {
    const auto url = document.text("github.api_url");
    if (!url) return GitHubServer::of_github_com();
    auto server = GitHubServer::at(*url);
    if (server) return std::move(*server);
    document.problem("github.api_url", server.error().message, server.error().hint);
    return GitHubServer::of_github_com();
}

void read_repository(Document& document, Settings& settings) {
    const auto server = read_server(document);
    if (!document.has("repository"))
        document.problem(
            "repository", "is missing",
            fmt::format("Add, above the first [table]: {}", example_line("repository")));
    const auto text = document.text("repository");
    if (!text) return;
    auto location = locate(*text, server, document.has("auth.ssh_key"));
    if (!location) {
        document.problem("repository", location.error().message, location.error().hint);
        return;
    }
    settings.repository = *text;
    settings.git_url = std::move(location->git_url);
    settings.github = std::move(location->github);
    if (!settings.github && document.has("github.api_url"))
        document.problem("github.api_url",
                         fmt::format("has no effect: the repository is not on {}", server.host()),
                         "Remove it, or correct the repository.");
}

/// Chooses REST if there is a token, or for a public repository, which needs none. A repository
/// over ssh without auth.ssh_key uses the account's keys, so it is probably private.
void read_head_source(Document& document, Settings& settings) {
    const bool anonymous = !settings.ssh_key && git_protocol(settings.git_url) != GitProtocol::ssh;
    bool api = settings.github && (settings.token_file || anonymous);
    if (const auto wanted = choice_at(document, "poll.via", "api", "git")) api = *wanted;
    if (api && !settings.github && !settings.git_url.empty())
        document.problem("poll.via", "\"api\" needs a repository on GitHub",
                         "Write \"git\", or, for an Enterprise server, set github.api_url.");
    settings.head_source = api ? HeadSource::github_api : HeadSource::git;
}

void read_poll(Document& document, Settings& settings) {
    const bool api = settings.head_source == HeadSource::github_api;
    settings.poll_interval_with_relay =
        duration_at(document, "poll.interval_with_relay", {Seconds{5}, hours{7 * 24}},
                    settings.poll_interval_with_relay);
    settings.poll_interval =
        duration_at(document, "poll.interval", {api ? Seconds{5} : Seconds{1}, hours{7 * 24}},
                    settings.poll_interval);
    settings.poll_spread =
        duration_at(document, "poll.spread", {Seconds{0}, hours{1}}, settings.poll_spread);
    settings.keep_connection = document.flag("poll.keep_connection").value_or(true);
}

/// Refuses unused credentials, since the operator expects that they are used.
void refuse_unused_credentials(Document& document, const Settings& settings) {
    if (settings.git_url.empty()) return;
    const auto protocol = git_protocol(settings.git_url);
    const bool ssh = protocol == GitProtocol::ssh;
    const bool web = protocol == GitProtocol::http;
    if (settings.ssh_key && !ssh)
        document.problem("auth.ssh_key", fmt::format("has no effect for {}", settings.git_url),
                         settings.github
                             ? fmt::format("To fetch over ssh, write: repository = \"{}\"",
                                           settings.github->slug())
                             : std::string{"Remove it, or write an ssh:// URL."});
    if (settings.passphrase_file && !settings.ssh_key)
        document.problem("auth.passphrase_file", "has no effect without auth.ssh_key",
                         "Set auth.ssh_key.");
    if (settings.ssh_config && !ssh)
        document.problem("auth.ssh_config", fmt::format("has no effect for {}", settings.git_url),
                         "Remove it, or write an ssh:// URL.");
    const bool reports = settings.github_report && !settings.github_report->token_file;
    if (settings.token_file && !web && !reports && settings.head_source == HeadSource::git)
        document.problem("auth.token_file", fmt::format("has no effect for {}", settings.git_url),
                         settings.github ? "Remove it, or write: via = \"api\""
                                         : "Remove it, or write an https:// URL.");
}

std::optional<Settings> read(Document& document, const AppName& app, const fs::path& file) {
    document.check_keys();
    Settings settings{.app = app,
                      .file = file,
                      .of_system = is_system_place(file.parent_path()),
                      .branch = read_branch(document)};
    settings.ssh_key = path_at(document, "auth.ssh_key");
    settings.passphrase_file = path_at(document, "auth.passphrase_file");
    settings.ssh_config = path_at(document, "auth.ssh_config");
    settings.token_file = path_at(document, "auth.token_file");
    settings.known_hosts = path_at(document, "auth.known_hosts");
    settings.ca_file = path_at(document, "tls.ca_file");
    read_repository(document, settings);
    settings.directory = read_directory(document);
    settings.stamp = read_stamp(document);
    settings.submodules = document.flag("submodules").value_or(true);
    settings.releases = read_releases(document);
    read_head_source(document, settings);
    settings.relay = read_relay(document);
    read_poll(document, settings);
    settings.github_report = read_report(document, settings);
    refuse_unused_credentials(document, settings);
    settings.deploy_deadline =
        duration_at(document, "deploy.deadline", {Seconds{1}, hours{24}}, settings.deploy_deadline);
    settings.hooks = read_hooks(document);
    settings.probe = read_probe(document);
    settings.require = read_require(document, settings);
    read_service(document, settings);
    settings.targets = read_targets(document);
    if (document.broken()) return std::nullopt;
    return settings;
}

}  // namespace

Loaded parse(std::string_view toml, const fs::path& file) {
    Document document{toml, file};
    if (file.filename() == account_file)
        return {{},
                {{file,
                  0,
                  0,
                  {},
                  "is the settings file of the account, not of an app",
                  "Rename the file: its name is the name of the app."}},
                {}};
    const auto app = AppName::parse(file.stem().string());
    if (!app)
        return {
            {},
            {{file,
              0,
              0,
              {},
              fmt::format("{} is not a valid app name", in_quotes(file.stem().string())),
              "Name the file with at most 64 letters, digits, dots, _ and -, the first a letter "
              "or digit."}}};
    if (document.broken()) return {{}, document.take_problems()};
    auto settings = read(document, *app, file);
    if (!settings) return {{}, document.take_problems()};
    settings->hash = hash_of(to_toml(*settings));
    return {{std::move(*settings)}, {}};
}

}  // namespace inhaul::config
