// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"

namespace inhaul::test {
namespace {

std::string account_problems(const std::string& toml) {
    const Account account;
    const auto loaded = config::parse_account(toml, "inhaul.toml");
    CHECK(loaded.settings.has_value() == loaded.problems.empty());
    return all_of(loaded.problems);
}

AccountSettings account_of(const std::string& toml) {
    const Account account;
    auto loaded = config::parse_account(toml, "/etc/inhaul/scripts/inhaul.toml");
    INFO(toml << "\n" << all_of(loaded.problems));
    REQUIRE(loaded.settings);
    return std::move(*loaded.settings);
}

constexpr auto ops =
    "[notify.ops]\ntype = \"webhook\"\nurl_file = \"/etc/inhaul/scripts/ops.url\"\n";

}  // namespace

TEST_CASE("a target has its defaults") {
    const auto settings = account_of(ops);
    REQUIRE(settings.targets.size() == 1);
    const auto& target = settings.targets.front();
    CHECK(target.name == "ops");
    CHECK(target.type == NotifyTarget::Type::webhook);
    CHECK(target.events == std::set{ReportKind::failed, ReportKind::rolled_back,
                                    ReportKind::polls_failing, ReportKind::recovered});
    CHECK(target.url_file == "/etc/inhaul/scripts/ops.url");
    CHECK(settings.silent_after == std::chrono::hours{1});
}

TEST_CASE("a target takes the short and the full names of events") {
    const auto settings = account_of(std::string{ops} +
                                     "events = [\"failed\", \"app.recovered\", \"edits.saved\"]\n");
    CHECK(settings.targets.front().events ==
          std::set{ReportKind::failed, ReportKind::recovered, ReportKind::edits_saved});
}

TEST_CASE("the effective settings of the account are the same settings") {
    const std::string text =
        "[notify]\nsilent_after = \"2h\"\n"
        "[notify.chat]\ntype = \"telegram\"\ntoken_file = \"/t\"\nchat = \"-100\"\n"
        "[notify.mail]\ntype = \"email\"\nto = [\"a@example.com\", \"b@example.com\"]\n"
        "url = \"smtp://mail.example.com:587\"\nfrom = \"c@example.com\"\nuser = \"c\"\n"
        "password_file = \"/p\"\nca_file = \"/ca\"\ndeadline = \"20s\"\n"
        "[notify.own]\ntype = \"command\"\ncommand = [\"/bin/tell\", \"it\"]\n"
        "[notify.push]\ntype = \"ntfy\"\nurl = \"https://ntfy.sh/x\"\ntoken_file = \"/n\"\n"
        "[notify.alive]\ntype = \"ping\"\nurl_file = \"/u\"\n"
        "[notify.room]\ntype = \"discord\"\nurl_file = \"/d\"\n"
        "[notify.team]\ntype = \"slack\"\nurl_file = \"/s\"\n" +
        std::string{ops} + "secret_file = \"/secret\"\n";
    const auto settings = account_of(text);
    CHECK(settings.targets.size() == 8);
    const auto again = account_of(config::to_toml(settings));
    CHECK(config::to_toml(again) == config::to_toml(settings));
    CHECK(again.hash == settings.hash);
    CHECK(account_of(ops).hash != settings.hash);
}

TEST_CASE("an app's file may have targets of its own, and they change its hash") {
    const auto settings = settings_of(std::string{least} + ops);
    REQUIRE(settings.targets.size() == 1);
    CHECK(settings.hash != settings_of(least).hash);
    CHECK(settings_of(config::to_toml(settings)).hash == settings.hash);
}

TEST_CASE("a wrong target is a problem with the nearest key") {
    struct Wrong {
        std::string toml;
        std::string said;
    };
    const std::vector<Wrong> cases{
        {"[notify.ops]\ntype = \"webhok\"\n",
         "inhaul.toml:2:8: notify.ops.type: \"webhok\" is not a type of target\n"
         "        Did you mean \"webhook\"?\n"},
        {"[notify.ops]\ntype = \"slack\"\n",
         "inhaul.toml:1:1: notify.ops.url_file: is missing\n"
         "        Add to [notify.ops]: url_file = \"/etc/inhaul/scripts/ops.url\"\n"},
        {"[notify.ops]\ntype = \"slack\"\nurl = \"https://hooks.example.com/SECRET\"\n",
         "inhaul.toml:1:1: notify.ops.url_file: is missing\n"
         "        Add to [notify.ops]: url_file = \"/etc/inhaul/scripts/ops.url\"\n"
         "inhaul.toml:3:7: notify.ops.url: has no effect for the type slack\n"
         "        The URL is a secret: write it into a file, and set url_file.\n"},
        {std::string{ops} + "event = [\"failed\"]\n",
         "inhaul.toml:4:1: notify.ops.event: unknown key\n"
         "        Did you mean notify.ops.events?\n"},
        {std::string{ops} + "events = [\"fail\"]\n",
         "inhaul.toml:4:10: notify.ops.events: \"fail\" is not an event\n"
         "        The events are: started, succeeded, failed, rolled_back, refused, waiting, "
         "cannot_tell, recovered, edits_saved.\n"},
        {"[notify]\nsilent_aftr = \"1h\"\n",
         "inhaul.toml:2:1: notify.silent_aftr: unknown key\n"
         "        Did you mean notify.silent_after?\n"},
        {"[notify]\ntype = \"webhook\"\n",
         "inhaul.toml:2:1: notify.type: unknown key\n"
         "        A target is a table of its own. Write [notify.NAME] above its keys.\n"},
        {"[notfy.ops]\n",
         "inhaul.toml:1:2: notfy: unknown table\n"
         "        Did you mean [notify]?\n"},
        {"repository = \"o/n\"\n",
         "inhaul.toml:1:1: repository: unknown key\n"
         "        inhaul.toml has the settings of the account. Write the settings of an app into "
         "a file NAME.toml with another name.\n"},
        {"[notify.mail]\ntype = \"email\"\nto = [\"x\"]\n",
         "inhaul.toml:3:6: notify.mail.to: \"x\" is not a mail address\n"
         "        Example: to = [\"ops@example.com\"]\n"},
        {"[notify.hook]\ntype = \"webhook\"\nurl = \"http://example.com/x\"\n",
         "inhaul.toml:3:7: notify.hook.url: the URL of \"example.com\" is not https\n"
         "        inhaul would send data unencrypted. Write https://.\n"},
    };
    for (const auto& each : cases) {
        INFO(each.toml);
        CHECK(account_problems(each.toml) == each.said);
    }
}

TEST_CASE("the account's file is no app") {
    const Host host;
    host.file("etc/inhaul.toml", ops);
    CHECK(config::load(host.root / "etc").without_files);
    host.file("etc/web.toml",
              "repository = \"o/n\"\ndirectory = \"" + (host.root / "web").string() + "\"\n");
    const auto loaded = config::load(host.root / "etc");
    CHECK(loaded.apps.size() == 1);
    CHECK_FALSE(loaded.account);  // its files do not exist
    CHECK_THAT(all_of(loaded.problems), ContainsSubstring("notify.ops.url_file: open "));
    CHECK_FALSE(config::is_app_file("/etc/inhaul/scripts/inhaul.toml"));
    CHECK(config::is_app_file("/etc/inhaul/scripts/inhaul2.toml"));
    CHECK(config::load(host.root / "nowhere").account);
}

TEST_CASE("a secret file of a target must be private") {
    const Host host;
    const auto file = host.root / "ops.url";
    host.file("ops.url", "https://example.com/hook\n");
    host.file("etc/inhaul.toml",
              "[notify.ops]\ntype = \"slack\"\nurl_file = \"" + file.string() + "\"\n");
    fs::permissions(file, fs::perms{0644});
    CHECK_THAT(all_of(config::load(host.root / "etc").problems), ContainsSubstring("chmod"));
    fs::permissions(file, fs::perms{0600});
    const auto loaded = config::load(host.root / "etc");
    REQUIRE(loaded.account);
    CHECK(loaded.account->targets.size() == 1);
}

}  // namespace inhaul::test
