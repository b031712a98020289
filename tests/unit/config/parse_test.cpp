#include <inhaul/config/config.hpp>
#include <inhaul/util/backoff.hpp>

#include "support/catch.hpp"

namespace inhaul::config {
namespace {

const fs::path file{"/etc/inhaul/scripts/shop.toml"};

Loaded read(const std::string& toml) {
    return parse(toml, file);
}

/// The smallest file that is right, for lines to be put after it.
const std::string least =
    "repository = \"octocat/shop\"\n"
    "directory = \"/srv/shop\"\n";

/// The problems of a file as they are printed, without the file's name.
std::string wrong(const std::string& toml) {
    std::string text;
    for (const auto& problem : read(toml).problems)
        text += format(problem).substr(file.string().size() + 1) + "\n";
    return text;
}

}  // namespace

TEST_CASE("the smallest file has every default") {
    const auto loaded = read(least);
    REQUIRE(loaded.problems.empty());
    const auto& shop = loaded.apps.at(0);
    CHECK(shop.app.text() == "shop");
    CHECK(shop.branch.text() == "main");
    CHECK(shop.git_url == "https://github.com/octocat/shop.git");
    CHECK(shop.github->slug() == "octocat/shop");
    CHECK(shop.head_source == HeadSource::github_api);
    CHECK(shop.poll_interval == Milliseconds{60'000});
    CHECK_FALSE(shop.stamp);
    CHECK(std::holds_alternative<NothingToRestart>(shop.service));
}

TEST_CASE("a whole file is read as it is written") {
    const auto loaded = read(R"(
repository = "octocat/myapp"
branch     = "release/1.0"
directory  = "/home/scripts/myapp"
stamp      = "public/updated.txt"
[auth]
ssh_key    = "/home/scripts/.ssh/deploy_key"
known_hosts = "/home/scripts/.ssh/hosts"
token_file = "/etc/inhaul/token"
[tls]
ca_file = "/etc/ssl/own.pem"
[poll]
interval = "1m30s"
[deploy]
deadline = "5m"
[service]
unit = "myapp"
scope = "user"
restart_deadline = "10s"
settle = "0s"
)");
    REQUIRE(loaded.problems.empty());
    const auto& app = loaded.apps.at(0);
    CHECK(app.git_url == "ssh://git@github.com/octocat/myapp.git");
    CHECK(app.head_source == HeadSource::github_api);
    CHECK(app.branch.text() == "release/1.0");
    CHECK(app.stamp == fs::path{"public/updated.txt"});
    CHECK(app.ssh_key == fs::path{"/home/scripts/.ssh/deploy_key"});
    CHECK(app.token_file == fs::path{"/etc/inhaul/token"});
    CHECK(app.poll_interval == Milliseconds{90'000});
    CHECK(app.deploy_deadline == Milliseconds{300'000});
    CHECK(app.settle == Milliseconds{0});
    const auto& unit = std::get<SystemdUnit>(app.service);
    CHECK(unit.unit == "myapp.service");
    CHECK(unit.scope == SystemdUnit::Scope::user);
}

TEST_CASE("a deploy key alone asks for the head over git, a token over REST") {
    const auto source = [](const std::string& auth) {
        return read(least + "[auth]\n" + auth).apps.at(0).head_source;
    };
    CHECK(source("ssh_key = \"/k\"") == HeadSource::git);
    CHECK(source("token_file = \"/t\"") == HeadSource::github_api);
    CHECK(source("ssh_key = \"/k\"\ntoken_file = \"/t\"") == HeadSource::github_api);
    CHECK(source("") == HeadSource::github_api);
    CHECK(read(least + "[poll]\nvia = \"git\"").apps.at(0).head_source == HeadSource::git);
}

TEST_CASE("a restart command is taken as words, never as a line for a shell") {
    const auto loaded = read(least + R"([service]
restart = ["supervisorctl", "restart", "my app; rm -rf /"])");
    const auto& command = std::get<RestartCommand>(loaded.apps.at(0).service);
    CHECK(command.argv == std::vector<std::string>{"supervisorctl", "restart", "my app; rm -rf /"});
}

struct Mistake {
    std::string toml;
    std::string message;
};

TEST_CASE("each mistake has its place, its key, and what to do") {
    const std::vector<Mistake> mistakes{
        {"repositry = \"a/b\"\n" + least,
         "1:13: repositry: unknown key\n        Did you mean repository?\n"},
        {least + "interval = \"5s\"\n",
         "3:12: interval: unknown key\n        Did you mean poll.interval?\n"},
        {least + "[poll]\nintervall = \"5s\"\n",
         "4:13: poll.intervall: unknown key\n        Did you mean poll.interval?\n"},
        {least + "[pol]\ninterval = \"5s\"\n",
         "3:1: pol: unknown key\n"
         "        The example file that is installed with inhaul lists every key.\n"},
        {least + "poll = 5\n",
         "3:8: poll: must be a table, but is a number\n"
         "        Write [poll] on a line of its own, and its keys below.\n"},
        {least + "branch = 7\n",
         "3:10: branch: must be a string, but is a number\n        Put it into double quotes.\n"},
        {least + "branch = \"a b\"\n",
         "3:10: branch: \"a b\" is no name of a branch\n"
         "        Write it without refs/heads/, as `git branch` shows it.\n"},
        {least + "[poll]\ninterval = \"60\"\n",
         "4:12: poll.interval: \"60\" is no duration\n"
         "        Write it as \"60s\", \"5m\" or \"1h30m\".\n"},
        {least + "[poll]\ninterval = \"1s\"\n",
         "4:12: poll.interval: \"1s\" is not between 5s and 7d\n"},
        {least + "[poll]\nvia = \"rest\"\n",
         "4:7: poll.via: \"rest\" is neither \"api\" nor \"git\"\n"},
        {least + "stamp = \"../x\"\n",
         "3:9: stamp: \"../x\" is no file inside the directory\n"
         "        Write a name such as \"updated.txt\".\n"},
        {least + "stamp = \".git/x\"\n",
         "3:9: stamp: \".git/x\" is no file inside the directory\n"
         "        Write a name such as \"updated.txt\".\n"},
        {least + "[service]\nunit = \"a b\"\n",
         "4:8: service.unit: \"a b\" is no name of a unit\n"
         "        Write it as systemctl does: \"myapp.service\".\n"},
        {least + "[service]\nunit = \"x\"\nscope = \"root\"\n",
         "5:9: service.scope: \"root\" is neither \"system\" nor \"user\"\n"},
        {least + "[service]\nunit = \"x\"\nrestart = [\"y\"]\n",
         "5:11: service.restart: cannot be used together with service.unit\n"
         "        Keep the one that restarts the app.\n"},
        {least + "[service]\nrestart = []\n", "4:11: service.restart: names no program\n"},
        {least + "[service]\nrestart = \"systemctl restart x\"\n",
         "4:11: service.restart: must be an array of strings, but is a string\n"
         "        Write a program and its arguments: [\"supervisorctl\", \"restart\", "
         "\"myapp\"].\n"},
        {"directory = \"/srv/x\"\n",
         " repository: is missing\n        Add: repository = \"owner/name\"\n"},
        {"repository = \"a/b\"\n",
         " directory: is missing\n        Add: directory = \"/home/scripts/myapp\"\n"},
        {"repository = \"a/b\"\ndirectory = \"srv/x\"\n",
         "2:13: directory: srv/x is not an absolute path\n        Begin it with / or ~/ .\n"},
        {"repository = \"a/b\"\ndirectory = \"/\"\n",
         "2:13: directory: / must be a directory of the app's own\n"},
    };
    for (const auto& mistake : mistakes) {
        CAPTURE(mistake.toml);
        CHECK(wrong(mistake.toml) == mistake.message);
    }
}

TEST_CASE("every mistake of a file is told at once") {
    const auto problems =
        read("branch = 1\nrepository = \"x\"\n[poll]\ninterval = \"soon\"\nfoo = 1\n").problems;
    CHECK(problems.size() == 5);  // branch, repository, directory, interval, foo
}

TEST_CASE("what is not TOML at all has its place") {
    const auto problems = read("repository = \"octocat\nbranch").problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].line == 1);
    CHECK(problems[0].message.starts_with("not TOML: "));
}

TEST_CASE("a file name that is no app name is told of") {
    CHECK(parse(least, "/etc/inhaul/a/my app.toml").problems.at(0).message ==
          "its name cannot be an app's");
}

TEST_CASE("%d is the credentials directory, and without one that is said") {
    const auto toml = least + "[auth]\ntoken_file = \"%d/github\"\n";
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(wrong(toml).find("systemd passes no credentials here") != std::string::npos);
    ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/inhaul", 1);
    CHECK(read(toml).apps.at(0).token_file == fs::path{"/run/credentials/inhaul/github"});
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("the effective settings are read back as the same, and have the same mark") {
    for (const auto& toml :
         {least, least + "stamp = \"x\"\n[service]\nunit = \"web@1.service\"\n",
          least +
              "[auth]\nssh_key = \"/a \\\"b\\\" \\\\c\"\n[service]\nrestart = [\"a\\tb\", \"ü\"]\n",
          std::string{"repository = \"/srv/git/x.git\"\ndirectory = \"/srv/x\"\n"}}) {
        CAPTURE(toml);
        const auto first = read(toml);
        REQUIRE(first.problems.empty());
        const auto text = to_toml(first.apps[0]);
        const auto second = read(text);
        REQUIRE(second.problems.empty());
        CHECK(to_toml(second.apps[0]) == text);
        CHECK(second.apps[0].mark == first.apps[0].mark);
    }
    CHECK(read(least).apps[0].mark != read(least + "branch = \"x\"").apps[0].mark);
}

TEST_CASE("bytes put anywhere into a file never crash its reading") {
    Jitter random{7};
    const std::string good =
        least + "[auth]\nssh_key = \"~/k\"\n[service]\nrestart = [\"a\", \"b\"]\n";
    const auto below = [&](std::size_t limit) {
        return static_cast<std::size_t>(random.next() * static_cast<double>(limit));
    };
    std::size_t refused = 0;
    for (int round = 0; round < 3000; ++round) {
        auto toml = good;
        for (std::size_t edits = 1 + below(4); edits > 0; --edits)
            toml[below(toml.size())] = static_cast<char>(below(256));
        const auto loaded = read(toml);
        CHECK(loaded.apps.empty() != loaded.problems.empty());
        refused += loaded.problems.empty() ? 0 : 1;
    }
    CHECK(refused > 1000);
}

}  // namespace inhaul::config
