// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

namespace inhaul::test {
namespace {

using Names = std::vector<std::string>;

SystemdUnits units_of(const std::string& service) {
    const auto settings = settings_of(least + ("[service]\n" + service));
    REQUIRE(std::holds_alternative<SystemdUnits>(settings.service));
    return std::get<SystemdUnits>(settings.service);
}

}  // namespace

TEST_CASE("eight lines are enough for a server") {
    const auto settings = settings_of(R"(
repository = "octocat/myapp"      # GitHub; or any git URL
branch     = "main"
directory  = "/home/scripts/myapp"
stamp      = "updated.txt"
[auth]
ssh_key    = "~/.ssh/deploy_key"
token_file = "/etc/inhaul/token"
[poll]
interval = "60s"
[service]
unit = "myapp.service"
)");
    CHECK(settings.app.text() == "myapp");
    CHECK(settings.file == "/etc/inhaul/scripts/myapp.toml");
    CHECK(settings.repository == "octocat/myapp");
    CHECK(settings.git_url == "ssh://git@github.com/octocat/myapp.git");
    CHECK(settings.github ==
          GitHubRepository{"https://api.github.com", "octocat", "myapp", "https://github.com"});
    CHECK(settings.head_source == HeadSource::github_api);
    CHECK(settings.branch.text() == "main");
    CHECK(settings.directory == "/home/scripts/myapp");
    CHECK(settings.stamp == "updated.txt");
    CHECK(settings.ssh_key == "/home/scripts/.ssh/deploy_key");
    CHECK(settings.token_file == "/etc/inhaul/token");
    CHECK(settings.poll_interval == Seconds{60});
    CHECK(std::get<SystemdUnits>(settings.service).names == Names{"myapp.service"});
    CHECK(std::get<SystemdUnits>(settings.service).scope == SystemdUnit::Scope::system);
    CHECK(settings.hash.size() == 16);
}

TEST_CASE("missing keys have their defaults") {
    const auto settings = settings_of(least);
    CHECK(settings.branch.text() == "main");
    CHECK_FALSE(settings.stamp);
    CHECK_FALSE(settings.ssh_key);
    CHECK_FALSE(settings.token_file);
    CHECK_FALSE(settings.known_hosts);
    CHECK_FALSE(settings.ca_file);
    CHECK(settings.github->api == "https://api.github.com");
    CHECK(settings.poll_interval == Seconds{60});
    CHECK(settings.deploy_deadline == std::chrono::minutes{15});
    CHECK(std::holds_alternative<NothingToRestart>(settings.service));
    CHECK(settings.restart_deadline == Seconds{90});
    CHECK(settings.settle == Seconds{2});
}

TEST_CASE("paths become absolute and normal") {
    const Variable credentials{"CREDENTIALS_DIRECTORY", nullptr};
    const auto settings = settings_of(R"(
repository = "octocat/myapp"
directory = "~/apps/./myapp//"
[auth]
ssh_key = "/etc/../srv/key"
known_hosts = "~/hosts"
[tls]
ca_file = "/ca.pem"
)");
    CHECK(settings.directory == "/home/scripts/apps/myapp");
    CHECK(settings.ssh_key == "/srv/key");
    CHECK(settings.known_hosts == "/home/scripts/hosts");
    CHECK(settings.ca_file == "/ca.pem");
}

TEST_CASE("%d is the directory of systemd's credentials") {
    const Variable credentials{"CREDENTIALS_DIRECTORY", "/run/credentials/inhaul@scripts.service"};
    const auto loaded =
        config::parse(std::string{least} + "[auth]\ntoken_file = \"%d/token\"\n", "myapp.toml");
    REQUIRE(loaded.apps.size() == 1);
    CHECK(loaded.apps.front().token_file == "/run/credentials/inhaul@scripts.service/token");
}

TEST_CASE("the head is polled over REST where possible") {
    struct Row {
        const char* repository;
        const char* rest;
        HeadSource source;
    };
    const auto api = HeadSource::github_api;
    const auto git = HeadSource::git;
    const std::vector<Row> rows{
        {"octocat/myapp", "", api},  // public
        {"octocat/myapp", "[auth]\nssh_key = \"/k\"\n", git},
        {"octocat/myapp", "[auth]\ntoken_file = \"/t\"\n", api},
        {"octocat/myapp", "[auth]\nssh_key = \"/k\"\ntoken_file = \"/t\"\n", api},
        {"octocat/myapp", "[poll]\nvia = \"git\"\n", git},
        {"octocat/myapp", "[poll]\nvia = \"api\"\n[auth]\nssh_key = \"/k\"\n", api},
        {"https://github.com/octocat/myapp", "", api},
        // ssh without auth.ssh_key uses the account's keys, so the repository is private.
        {"git@github.com:octocat/myapp.git", "", git},
        {"git@github.com:octocat/myapp.git", "[auth]\ntoken_file = \"/t\"\n", api},
        {"https://example.com/x", "", git},
        {"https://example.com/x", "[auth]\ntoken_file = \"/t\"\n", git},
        {"/srv/git/x.git", "", git},
    };
    for (const auto& row : rows) {
        const auto toml = std::string{"repository = \""} + row.repository +
                          "\"\ndirectory = \"/srv/x\"\n" + row.rest;
        INFO(toml);
        CHECK(settings_of(toml).head_source == row.source);
    }
}

TEST_CASE("a unit without a suffix is a service") {
    CHECK(units_of("unit = \"myapp\"\n").names == Names{"myapp.service"});
    CHECK(units_of("unit = \"my.app\"\n").names == Names{"my.app.service"});
    CHECK(units_of("unit = \"web@1\"\n").names == Names{"web@1.service"});
    CHECK(units_of("unit = \"myapp.target\"\n").names == Names{"myapp.target"});
    CHECK(units_of("unit = 'a\\x2db.service'\n").names == Names{"a\\x2db.service"});
    CHECK(units_of("unit = \"myapp\"\nscope = \"user\"\n").scope == SystemdUnit::Scope::user);
}

TEST_CASE("several units are restarted in their order, each once") {
    CHECK(units_of("units = [\"web\", \"worker@1\"]\n").names ==
          Names{"web.service", "worker@1.service"});
    CHECK(units_of("unit = \"web\"\nunits = [\"worker@1\", \"web.service\"]\n").names ==
          Names{"web.service", "worker@1.service"});
    CHECK_FALSE(units_of("unit = \"web\"\n").start);
    CHECK(units_of("units = [\"web\"]\nstart = true\n").start);
}

TEST_CASE("a command is taken word by word") {
    const auto settings = settings_of(std::string{least} +
                                      "[service]\nrestart = [\"/bin/sh\", \"-c\", \"a b\\n\"]\n"
                                      "restart_deadline = \"1m30s\"\n");
    CHECK(std::get<RestartCommand>(settings.service).argv ==
          std::vector<std::string>{"/bin/sh", "-c", "a b\n"});
    CHECK(settings.restart_deadline == Seconds{90});
}

TEST_CASE("a trigger is a directory, for the units of the system's manager") {
    const auto units = units_of("unit = \"x\"\ntrigger = \"/var/lib/inhaul/a/restart/x\"\n");
    CHECK(units.trigger == std::filesystem::path{"/var/lib/inhaul/a/restart/x"});
    CHECK_FALSE(units_of("unit = \"x\"\n").trigger);
}

TEST_CASE("a settle time of zero is allowed") {
    CHECK(settings_of(std::string{least} + "[service]\nunit = \"x\"\nsettle = \"0s\"\n").settle ==
          Milliseconds{0});
}

TEST_CASE("dotted keys, inline tables, Windows line ends and a byte order mark are TOML too") {
    const auto settings = settings_of(
        "\xef\xbb\xbfrepository = 'octocat/myapp'\r\ndirectory = \"\"\"/srv/\\\r\n  myapp\"\"\"\r\n"
        "poll.interval = \"90s\"\r\nservice = { unit = \"x\" }\r\n");
    CHECK(settings.directory == "/srv/myapp");
    CHECK(settings.poll_interval == Seconds{90});
    CHECK(std::get<SystemdUnits>(settings.service).names == Names{"x.service"});
}

TEST_CASE("strings and comments may contain letters of every language") {
    const auto settings = settings_of(
        "repository = \"octocat/myapp\"  # żółć “so”\ndirectory = '/srv/größe'\n"
        "branch = \"\"\"\nя\"\"\"\n");
    CHECK(settings.directory == "/srv/größe");
    CHECK(settings.branch.text() == "я");
    const auto command = settings_of(R"(
"repository" = 'octocat/myapp'  # ü
directory = "/srv/x"
service = { restart = [  # ü
  'é', # ü
  "a", '', '"é', "'é\"é", '''é'
''é''', "é",
], restart_deadline = "9s" } # ü
["poll"] # ü
'interval' = '''9s''' # ü
)");
    CHECK(std::get<RestartCommand>(command.service).argv ==
          std::vector<std::string>{"é", "a", "", "\"é", "'é\"é", "é'\n''é", "é"});
}

TEST_CASE("the hash changes with the settings and with nothing else") {
    const auto mark = settings_of(least).hash;
    CHECK(settings_of(std::string{"# a remark\n"} + least).hash == mark);
    CHECK(settings_of(std::string{least} + "branch = \"main\"\n").hash == mark);
    CHECK(settings_of(std::string{least} + "branch = \"next\"\n").hash != mark);
    CHECK(settings_of(std::string{least} + "[poll]\ninterval = \"61s\"\n").hash != mark);
    CHECK(settings_of(std::string{least} + "[service]\nunit = \"x\"\n").hash != mark);
}

}  // namespace inhaul::test
