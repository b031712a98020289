// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

namespace inhaul::test {

TEST_CASE("the effective settings are printed with every default and their consequences") {
    CHECK(config::to_toml(settings_of(R"(
repository = "octocat/myapp"
directory = "~/myapp"
stamp = "updated.txt"
[auth]
ssh_key = "~/.ssh/deploy_key"
token_file = "/etc/inhaul/token"
[service]
unit = "myapp"
)")) == R"(repository = "octocat/myapp"  # git fetches ssh://git@github.com/octocat/myapp.git
branch     = "main"
directory  = "/home/scripts/myapp"
stamp      = "updated.txt"
submodules = true

[auth]
ssh_key    = "/home/scripts/.ssh/deploy_key"  # for git
token_file = "/etc/inhaul/token"              # for REST

[github]
api_url = "https://api.github.com"

[poll]
interval = "1m"
via      = "api"  # polls https://api.github.com/repos/octocat/myapp

[deploy]
deadline = "15m"

[service]
unit             = "myapp.service"
scope            = "system"
settle           = "2s"
restart_deadline = "1m30s"  # or the unit's own timeouts, if longer
)");
}

TEST_CASE("effective settings without GitHub and without a service are printed") {
    CHECK(config::to_toml(settings_of("repository = \"/srv/x.git\"\ndirectory = \"/srv/x\"\n")) ==
          R"(repository = "/srv/x.git"  # git fetches /srv/x.git
branch     = "main"
directory  = "/srv/x"
submodules = true

[poll]
interval = "1m"
via      = "git"  # polls over the git protocol

[deploy]
deadline = "15m"

[service]
# no service to restart
)");
}

TEST_CASE("printed settings parse as the same settings") {
    const std::vector<std::string> files{
        least,
        example_text(),
        std::string{least} +
            "[service]\nrestart = [\"/bin/sh\", \"-c\", \"a \\\"b\\\" \\\\ \\n\\t\"]\n",
        std::string{least} + "[service]\nunit = 'a\\x2db'\nscope = \"user\"\nsettle = \"0s\"\n",
        std::string{least} + "[service]\nunits = [\"web\", 'a\\x2db@1']\nstart = true\n",
        std::string{least} +
            "[poll]\ninterval = \"1h1ms\"\nvia = \"git\"\n[deploy]\ndeadline = \"1s\"\n",
        "repository = \"https://example.com/x\"\ndirectory = '/srv/a\"b\\ ü'\n"
        "[tls]\nca_file = \"/ca\"\n[auth]\ntoken_file = \"/t\"\n",
        "repository = \"me@example.com:x\"\ndirectory = \"/srv/x\"\n"
        "[auth]\nssh_key = \"/k\"\nknown_hosts = \"/h\"\n",
        "repository = \"~/x\"\ndirectory = \"/srv/x\"\n",
        "repository = \"o/n\"\ndirectory = \"/srv/x\"\n"
        "[github]\napi_url = \"https://git.example.com:8443/api/v3/\"\n",
    };
    for (const auto& file : files) {
        const auto first = settings_of(file);
        const auto printed = config::to_toml(first);
        INFO(printed);
        const auto second = settings_of(printed);
        CHECK(config::to_toml(second) == printed);
        CHECK(second.hash == first.hash);
        CHECK(second.git_url == first.git_url);
        CHECK(second.head_source == first.head_source);
        CHECK(second.service.index() == first.service.index());
    }
}

TEST_CASE("the variables of hooks are printed as they can be read again, and change the hash") {
    const auto text = [](const std::string& environment) {
        return "repository = \"/srv/x.git\"\ndirectory = \"/srv/x\"\n[hooks]\nbuild = "
               "[\"make\"]\n" +
               environment;
    };
    const auto settings = settings_of(text(
        "environment_file = \"/etc/x.env\"\n[hooks.environment]\nB = \"a \\\"b\\\"\"\nA = \"\"\n"));
    const auto printed = config::to_toml(settings);
    CHECK(printed.find("environment      = { A = \"\", B = \"a \\\"b\\\"\" }\n") !=
          std::string::npos);
    CHECK(printed.find("environment_file = \"/etc/x.env\"\n") != std::string::npos);
    CHECK(settings_of(printed).hooks.environment == settings.hooks.environment);
    CHECK(settings_of(text("environment = { A = \"1\" }\n")).hash !=
          settings_of(text("environment = { A = \"2\" }\n")).hash);
}

}  // namespace inhaul::test
