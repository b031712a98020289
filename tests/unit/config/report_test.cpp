// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"

namespace inhaul::test {
namespace {

/// An app on GitHub with a token.
const std::string with_token{
    "repository = \"https://github.com/o/n.git\"\ndirectory = \"/srv/n\"\n"
    "[auth]\ntoken_file = \"/etc/inhaul/token\"\n"};

}  // namespace

TEST_CASE("reports to GitHub need a setting") {
    CHECK_FALSE(settings_of(with_token).github_report);
    CHECK_FALSE(settings_of(with_token + "[report]\ngithub = \"off\"\n").github_report);
}

TEST_CASE("the reports to GitHub are part of the effective settings") {
    for (const std::string as : {"deployments", "statuses"}) {
        const auto settings =
            settings_of(with_token + "[report]\ngithub = \"" + as +
                        "\"\nenvironment_url = \"https://n.example\"\ntoken_file = \"/t\"\n" +
                        (as == "deployments" ? "environment = \"Production, Berlin\"\n" : ""));
        REQUIRE(settings.github_report);
        CHECK((settings.github_report->as == GitHubReport::As::statuses) == (as == "statuses"));
        CHECK(settings.github_report->environment_url == "https://n.example");
        CHECK(settings.github_report->token_file == "/t");
        CHECK(settings.hash != settings_of(with_token).hash);
        CHECK(settings_of(config::to_toml(settings)).hash == settings.hash);
    }
}

TEST_CASE("a report uses the token of the app, also if polls over git do not") {
    const std::string over_ssh{
        "repository = \"git@github.com:o/n.git\"\ndirectory = \"/srv/n\"\n"
        "[auth]\ntoken_file = \"/t\"\n[poll]\nvia = \"git\"\n"};
    CHECK_THAT(problems_of(over_ssh), ContainsSubstring("auth.token_file: has no effect"));
    CHECK(settings_of(over_ssh + "[report]\ngithub = \"statuses\"\n").github_report);
}

TEST_CASE("a report that cannot work is a problem") {
    const std::string ssh{"repository = \"o/n\"\ndirectory = \"/srv/n\"\n"};
    struct Wrong {
        std::string toml, said;
    };
    const std::vector<Wrong> cases{
        {ssh + "[report]\ngithub = \"deployments\"\n",
         "myapp.toml:4:10: report.github: needs a token\n"
         "        Add to [report]: token_file = \"…\", a file with a token that has the permission "
         "Deployments: write.\n"},
        {"repository = \"https://git.example/n.git\"\ndirectory = \"/srv/n\"\n"
         "[report]\ngithub = \"statuses\"\ntoken_file = \"/t\"\n",
         "myapp.toml:4:10: report.github: needs a repository on GitHub\n"
         "        Write \"off\", or, for an Enterprise server, set github.api_url.\n"},
        {with_token + "[report]\ngithub = \"deployment\"\n",
         "myapp.toml:6:10: report.github: \"deployment\" is unknown\n"
         "        Did you mean \"deployments\"?\n"},
        {with_token + "[report]\ngithub = \"statuses\"\nenvironment = \"x\"\n",
         "myapp.toml:7:15: report.environment: has no effect for github = \"statuses\"\n"
         "        Remove it.\n"},
        {with_token + "[report]\ngithub = \"deployments\"\nenvironment = \"\"\n",
         "myapp.toml:7:15: report.environment: is not a name of an environment\n"
         "        Write at most 255 bytes, such as \"production/web1\".\n"},
        {with_token + "[report]\ngithub = \"deployments\"\nenvironment_url = \"javascript:x\"\n",
         "myapp.toml:7:19: report.environment_url: \"javascript:x\" is not a URL that GitHub can "
         "link to\n"
         "        Write the address of the app: \"https://myapp.example.com\".\n"},
    };
    for (const auto& each : cases) {
        INFO(each.toml);
        CHECK(problems_of(each.toml) == each.said);
    }
}

TEST_CASE("the token of a report must be private") {
    const Host host;
    host.file("token", "secret\n");
    fs::permissions(host.root / "token", fs::perms{0644});
    host.file("etc/n.toml", "repository = \"o/n\"\ndirectory = \"" + (host.root / "n").string() +
                                "\"\n[report]\ngithub = \"deployments\"\ntoken_file = \"" +
                                (host.root / "token").string() + "\"\n");
    CHECK_THAT(all_of(config::load(host.root / "etc").problems),
               ContainsSubstring("report.token_file: "));
    fs::permissions(host.root / "token", fs::perms{0600});
    CHECK(config::load(host.root / "etc").problems.empty());
}

}  // namespace inhaul::test
