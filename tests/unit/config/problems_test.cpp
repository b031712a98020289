// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

namespace inhaul::test {
namespace {

/// A wrong file and the exact problems.
struct Wrong {
    const char* what;
    std::string toml;
    std::string said;
};

/// Two valid lines, and `toml` after them: it begins in line 3.
std::string after_valid_lines(const std::string& toml) {
    return least + toml;
}

void check(const Wrong& wrong) {
    INFO(wrong.what << "\n" << wrong.toml);
    CHECK(problems_of(wrong.toml) == wrong.said);
}

}  // namespace

TEST_CASE("an unknown key gets the nearest known key as a hint") {
    const std::vector<Wrong> cases{
        {"a typing error", after_valid_lines("[poll]\nintervall = \"60s\"\n"),
         "myapp.toml:4:1: poll.intervall: unknown key\n"
         "        Did you mean poll.interval?\n"},
        {"a depth", after_valid_lines("depth = 1\n"),
         "myapp.toml:3:1: depth: unknown key\n"
         "        Remove it. Rollbacks and gates need the history, and libgit2 before 1.9 damages "
         "a repository on its second fetch with a depth. inhaul fetches only one branch, and each "
         "commit only once.\n"},
        {"a typing error at the top", "repositry = \"octocat/myapp\"\ndirectory = \"/srv/myapp\"\n",
         "myapp.toml:1:1: repositry: unknown key\n"
         "        Did you mean repository?\n"
         "myapp.toml:1:1: repository: is missing\n"
         "        Add, above the first [table]: repository = \"octocat/myapp\"\n"},
        {"a key of a table at the top", after_valid_lines("interval = \"60s\"\n"),
         "myapp.toml:3:1: interval: unknown key\n"
         "        Did you mean poll.interval?\n"},
        {"a typing error in a key of another table",
         after_valid_lines("[deploy]\nsettel = \"3s\"\n"),
         "myapp.toml:4:1: deploy.settel: unknown key\n"
         "        Did you mean service.settle?\n"},
        {"a top-level key below a table",
         after_valid_lines("[service]\nunit = \"x\"\nstamp = \"s\"\n"),
         "myapp.toml:5:1: service.stamp: unknown key\n"
         "        Did you mean stamp? It must be above the first [table].\n"},
        {"another name for a key; the value is not printed",
         after_valid_lines("[auth]\ntoken = \"ghp_0123456789\"\n"),
         "myapp.toml:4:1: auth.token: unknown key\n"
         "        Did you mean auth.token_file?\n"},
        {"nothing like it in the table", after_valid_lines("[poll]\nfrobnicate = 1\n"),
         "myapp.toml:4:1: poll.frobnicate: unknown key\n"
         "        [poll] has: interval, interval_with_relay, via, keep_connection, "
         "spread.\n"},
        {"nothing like it at the top", after_valid_lines("frobnicate = 1\n"),
         "myapp.toml:3:1: frobnicate: unknown key\n"
         "        The keys are: repository, branch, directory, stamp, submodules, layout, and the "
         "tables [auth], "
         "[tls], [github], [relay], [poll], [deploy], [hooks], [probe], [require], [releases], "
         "[service], [notify], [report].\n"},
        {"an unknown table", after_valid_lines("[sevice]\nunit = \"x\"\n"),
         "myapp.toml:3:2: sevice: unknown table\n"
         "        Did you mean [service]?\n"},
        {"a table without a similar name", after_valid_lines("[frobnicate]\n"),
         "myapp.toml:3:2: frobnicate: unknown table\n"
         "        The tables are: [auth], [tls], [github], [relay], [poll], [deploy], "
         "[hooks], [probe], [require], [releases], [service], [notify], [report].\n"},
        {"a dot within a quoted key", after_valid_lines("\"poll.interval\" = \"60s\"\n"),
         "myapp.toml:3:1: poll.interval: unknown key\n"
         "        Did you mean poll.interval?\n"},
        {"a key with a control character", after_valid_lines("\"a\\u001b[2J\" = 1\n"),
         "myapp.toml:3:1: a\\x1b[2J: unknown key\n"
         "        The keys are: repository, branch, directory, stamp, submodules, layout, and the "
         "tables [auth], "
         "[tls], [github], [relay], [poll], [deploy], [hooks], [probe], [require], [releases], "
         "[service], [notify], [report].\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("a wrong type is named, with an example of the right one") {
    const std::vector<Wrong> cases{
        {"a number for a duration", after_valid_lines("[poll]\ninterval = 60\n"),
         "myapp.toml:4:12: poll.interval: must be a string, but is the number 60\n"
         "        Write a string with a unit: interval = \"60s\"\n"},
        {"a fraction", after_valid_lines("[deploy]\ndeadline = 1.5\n"),
         "myapp.toml:4:12: deploy.deadline: must be a string, but is the number 1.5\n"
         "        Example: deadline = \"15m\"\n"},
        {"a boolean", after_valid_lines("stamp = true\n"),
         "myapp.toml:3:9: stamp: must be a string, but is true\n"
         "        Example: stamp = \"updated.txt\"\n"},
        {"an array", after_valid_lines("branch = [\"main\"]\n"),
         "myapp.toml:3:10: branch: must be a string, but is an array\n"
         "        Example: branch = \"main\"\n"},
        {"a date", after_valid_lines("branch = 2026-03-01\n"),
         "myapp.toml:3:10: branch: must be a string, but is a date\n"
         "        Example: branch = \"main\"\n"},
        {"a time", after_valid_lines("branch = 09:30:00\n"),
         "myapp.toml:3:10: branch: must be a string, but is a time\n"
         "        Example: branch = \"main\"\n"},
        {"a table for a key", "[repository]\nurl = \"x\"\n",
         "myapp.toml:1:1: repository: must be a string, but is a table\n"
         "        Example: repository = \"octocat/myapp\"\n"
         "myapp.toml:1:1: directory: is missing\n"
         "        Add, above the first [table]: directory = \"/home/scripts/myapp\"\n"},
        {"a key for a table", after_valid_lines("poll = \"60s\"\n"),
         "myapp.toml:3:8: poll: must be a table, but is a string\n"
         "        Write [poll] on a line of its own, and its keys below it.\n"},
        {"double brackets", after_valid_lines("[[service]]\nunit = \"x\"\n"),
         "myapp.toml:3:1: service: must be a table, but is an array of tables\n"
         "        Write [service] on a line of its own, and its keys below it.\n"},
        {"a command line",
         after_valid_lines("[service]\nrestart = \"systemctl  --user restart x\"\n"),
         "myapp.toml:4:11: service.restart: must be an array of strings, but is a string\n"
         "        No shell runs the command. Write: restart = [\"systemctl\", \"--user\", "
         "\"restart\", \"x\"]\n"},
        {"a command line for a shell",
         after_valid_lines("[service]\nrestart = \"kill `cat pid`\"\n"),
         "myapp.toml:4:11: service.restart: must be an array of strings, but is a string\n"
         "        Write the program and its arguments: restart = [\"supervisorctl\", "
         "\"restart\", \"myapp\"]\n"},
        {"a number among the words", after_valid_lines("[service]\nrestart = [\"kill\", -9]\n"),
         "myapp.toml:4:11: service.restart: must contain only strings, but contains the number -9\n"
         "        Write the program and its arguments: restart = [\"supervisorctl\", "
         "\"restart\", \"myapp\"]\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("wrong hooks and probes are problems") {
    const std::vector<Wrong> cases{
        {"a hook as a command line", after_valid_lines("[hooks]\nbuild = \"npm ci\"\n"),
         "myapp.toml:4:9: hooks.build: must be an array of strings, but is a string\n"
         "        No shell runs the command. Write: build = [\"npm\", \"ci\"]\n"},
        {"hooks of two kinds",
         after_valid_lines("[hooks]\nbuild = [[\"npm\", \"ci\"], \"make\"]\n"),
         "myapp.toml:4:9: hooks.build: must contain only arrays of strings, one per command\n"
         "        Example: build = [[\"npm\", \"ci\"], [\"npm\", \"run\", "
         "\"build\"]]\n"},
        {"a hook without words", after_valid_lines("[hooks]\nafter = [[]]\n"),
         "myapp.toml:4:9: hooks.after: contains no program\n"
         "        Write the program and its arguments, or remove the key.\n"},
        {"a deadline without hooks", after_valid_lines("[hooks]\ndeadline = \"1m\"\n"),
         "myapp.toml:4:12: hooks.deadline: has no effect without a hook\n"
         "        Add one of hooks.build, hooks.activate, hooks.after.\n"},
        {"variables without hooks", after_valid_lines("[hooks]\nenvironment = { A = \"b\" }\n"),
         "myapp.toml:4:15: hooks.environment: has no effect without a hook\n"
         "        Add one of hooks.build, hooks.activate, hooks.after.\n"},
        {"variables in a string",
         after_valid_lines("[hooks]\nbuild = [\"make\"]\nenvironment = \"A=secret\"\n"),
         "myapp.toml:5:15: hooks.environment: must be a table of strings, but is a string\n"
         "        Example: environment = { NODE_ENV = \"production\" }\n"},
        {"a variable that is a number",
         after_valid_lines("[hooks]\nbuild = [\"make\"]\n[hooks.environment]\nPORT = 80\n"),
         "myapp.toml:5:1: hooks.environment: must contain only strings, but \"PORT\" is the number "
         "80\n"
         "        Put the value in double quotes: environment = { NODE_ENV = \"production\" }\n"},
        {"a variable of inhaul's own",
         after_valid_lines(
             "[hooks]\nbuild = [\"make\"]\nenvironment = { INHAUL_COMMIT = \"x\" }\n"),
         "myapp.toml:5:15: hooks.environment: \"INHAUL_COMMIT\" is a name that inhaul sets itself\n"
         "        Example: environment = { NODE_ENV = \"production\" }\n"},
        {"a variable without a proper name",
         after_valid_lines("[hooks]\nbuild = [\"make\"]\nenvironment = { \"A B\" = \"x\" }\n"),
         "myapp.toml:5:15: hooks.environment: \"A B\" is not a variable's name\n"
         "        Example: environment = { NODE_ENV = \"production\" }\n"},
        {"a probe without a scheme", after_valid_lines("[probe]\nurl = \"localhost/health\"\n"),
         "myapp.toml:4:7: probe.url: \"localhost/health\" is not a URL\n"
         "        Write a URL of the app: \"http://127.0.0.1:8000/health\".\n"},
        {"two probes",
         after_valid_lines("[probe]\nurl = \"http://localhost/\"\ncommand = [\"true\"]\n"),
         "myapp.toml:5:11: probe.command: cannot be combined with probe.url\n"
         "        Remove one of the two.\n"},
        {"an invalid status",
         after_valid_lines("[probe]\nurl = \"http://localhost/\"\nstatus = 2000\n"),
         "myapp.toml:5:10: probe.status: 2000 is not an HTTP status\n"
         "        Write a number from 100 to 599, such as 200.\n"},
        {"a status in quotes",
         after_valid_lines("[probe]\nurl = \"http://localhost/\"\nstatus = \"200\"\n"),
         "myapp.toml:5:10: probe.status: must be a whole number, but is a string\n"
         "        Example: status = 200\n"},
        {"an expectation without a URL", after_valid_lines("[probe]\nbody = \"ok\"\n"),
         "myapp.toml:4:8: probe.body: has no effect without probe.url\n"
         "        Set probe.url.\n"},
        {"a header without a value",
         after_valid_lines("[probe]\nurl = \"http://localhost/\"\nheader = \"X-Commit\"\n"),
         "myapp.toml:5:10: probe.header: \"X-Commit\" is not a header line\n"
         "        Write a name, a colon and a value: \"X-Commit: {commit}\".\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("wrong gates are problems") {
    const std::vector<Wrong> cases{
        {"no time of the week", after_valid_lines("[require]\nwindows = [\"weekdays 9-17\"]\n"),
         "myapp.toml:4:11: require.windows: \"weekdays 9-17\" is not a time of the week\n"
         "        Write days and times: \"Mon-Fri 09:00-17:00\", \"Sat,Sun 22:00-04:00\", "
         "\"daily 03:00-05:00\".\n"},
        {"no zone",
         after_valid_lines(
             "[require]\nwindows = [\"daily 09:00-17:00\"]\nzone = \"Mars/Olympus\"\n"),
         "myapp.toml:5:8: require.zone: \"Mars/Olympus\" is not a time zone of this host\n"
         "        Write a name from `timedatectl list-timezones`. The package tzdata contains the "
         "names.\n"},
        {"a path with a wildcard", after_valid_lines("[require]\npaths = [\"src/*\"]\n"),
         "myapp.toml:4:9: require.paths: \"src/*\" is not a path in the repository\n"
         "        Write files or directories without wildcards: [\"src\", "
         "\"requirements.txt\"].\n"},
        {"a path that leads out", after_valid_lines("[require]\npaths = [\"../x\"]\n"),
         "myapp.toml:4:9: require.paths: \"../x\" is not a path in the repository\n"
         "        Write files or directories without wildcards: [\"src\", "
         "\"requirements.txt\"].\n"},
        {"no checks", after_valid_lines("[require]\nchecks = []\n"),
         "myapp.toml:4:10: require.checks: contains no check\n"
         "        Write \"all\", or the names of checks: [\"build\", \"test\"].\n"},
        {"one check", after_valid_lines("[require]\nchecks = \"build\"\n"),
         "myapp.toml:4:10: require.checks: \"build\" is not \"all\"\n"
         "        Write \"all\", or the names of checks: [\"build\", \"test\"].\n"},
        {"a word for a flag", after_valid_lines("[require]\nfast_forward = \"yes\"\n"),
         "myapp.toml:4:16: require.fast_forward: must be true or false, but is a string\n"
         "        Example: fast_forward = true\n"},
        {"revoked signers without allowed ones",
         after_valid_lines("[require]\nrevoked_signers = \"/etc/x\"\n"),
         "myapp.toml:4:19: require.revoked_signers: has no effect without "
         "require.allowed_signers\n"
         "        Set require.allowed_signers.\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("a wrong value gets its reason and a hint") {
    const std::vector<Wrong> cases{
        {"no unit of time", after_valid_lines("[poll]\ninterval = \"60\"\n"),
         "myapp.toml:4:12: poll.interval: \"60\" is not a duration\n"
         "        Add a unit: \"60s\".\n"},
        {"no duration at all", after_valid_lines("[poll]\ninterval = \"often\"\n"),
         "myapp.toml:4:12: poll.interval: \"often\" is not a duration\n"
         "        Write a number with a unit (ms, s, m, h or d): \"90s\", \"1m30s\".\n"},
        {"too often for the API", after_valid_lines("[poll]\ninterval = \"4s\"\n"),
         "myapp.toml:4:12: poll.interval: \"4s\" is too short\n"
         "        It must be at least 5s.\n"},
        {"too often for git", after_valid_lines("[poll]\nvia = \"git\"\ninterval = \"900ms\"\n"),
         "myapp.toml:5:12: poll.interval: \"900ms\" is too short\n"
         "        It must be at least 1s.\n"},
        {"too long", after_valid_lines("[poll]\ninterval = \"8d\"\n"),
         "myapp.toml:4:12: poll.interval: \"8d\" is too long\n"
         "        It must be at most 7d.\n"},
        {"zero", after_valid_lines("[deploy]\ndeadline = \"0s\"\n"),
         "myapp.toml:4:12: deploy.deadline: \"0s\" is too short\n"
         "        It must be at least 1s.\n"},
        {"a choice with a typing error", after_valid_lines("[poll]\nvia = \"apo\"\n"),
         "myapp.toml:4:7: poll.via: \"apo\" is neither \"api\" nor \"git\"\n"
         "        Did you mean \"api\"?\n"},
        {"the API of another forge",
         "repository = \"https://example.com/x\"\ndirectory = \"/srv/x\"\n[poll]\nvia = \"api\"\n",
         "myapp.toml:4:7: poll.via: \"api\" needs a repository on GitHub\n"
         "        Write \"git\", or, for an Enterprise server, set github.api_url.\n"},
        {"no name of a branch", after_valid_lines("branch = \"a b\"\n"),
         "myapp.toml:3:10: branch: \"a b\" is not a branch name\n"
         "        Write the name as shown by `git branch`, such as \"main\".\n"},
        {"a ref", after_valid_lines("branch = \"refs/heads/main\"\n"),
         "myapp.toml:3:10: branch: \"refs/heads/main\" is the full name of a ref\n"
         "        Write \"main\".\n"},
        {"a relative directory", "repository = \"o/n\"\ndirectory = \"myapp\"\n",
         "myapp.toml:2:13: directory: myapp is not an absolute path\n"
         "        Start the path with / or ~/.\n"},
        {"the root", "repository = \"o/n\"\ndirectory = \"/srv/..\"\n",
         "myapp.toml:2:13: directory: / contains more than the app\n"
         "        Deployments overwrite every tracked file in it. Give the app its own "
         "directory.\n"},
        {"the home", "repository = \"o/n\"\ndirectory = \"~/\"\n",
         "myapp.toml:2:13: directory: /home/scripts contains more than the app\n"
         "        Deployments overwrite every tracked file in it. Give the app its own "
         "directory.\n"},
        {"a parent of the home", "repository = \"o/n\"\ndirectory = \"/home\"\n",
         "myapp.toml:2:13: directory: /home contains more than the app\n"
         "        Deployments overwrite every tracked file in it. Give the app its own "
         "directory.\n"},
        {"a NUL in a path", "repository = \"o/n\"\ndirectory = \"/srv/a\\u0000b\"\n",
         "myapp.toml:2:13: directory: \"/srv/a\\x00b\" contains a control character\n"},
        {"a credential without systemd", after_valid_lines("[auth]\ntoken_file = \"%d/token\"\n"),
         "myapp.toml:4:14: auth.token_file: %d/token: $CREDENTIALS_DIRECTORY is not set\n"
         "        systemd sets it for a unit with LoadCredential=. To run a command outside of the "
         "unit, set $CREDENTIALS_DIRECTORY.\n"},
        {"a token in place of its file, not printed",
         after_valid_lines("[auth]\ntoken_file = \"ghp_0123456789\"\n"),
         "myapp.toml:4:14: auth.token_file: is not an absolute path\n"
         "        Write the value into a file, and set this key to the path of the file.\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("a stamp must be a file inside the directory") {
    for (const auto* const stamp : {"", ".", "..", "../x", "a/../../x", "/etc/x", ".git/x",
                                    "a/.git/x", "a/", "a/../b/.git", "a/..", "a\\u0000", "a\\nb"}) {
        INFO(stamp);
        CHECK_THAT(problems_of(after_valid_lines(std::string{"stamp = \""} + stamp + "\"\n")),
                   ContainsSubstring("is not a file inside the directory"));
    }
    for (const auto* const stamp : {"updated.txt", "var/updated.txt", ".gitstamp", "./a", "..a"})
        CHECK(settings_of(after_valid_lines(std::string{"stamp = \""} + stamp + "\"\n")).stamp ==
              fs::path{stamp}.lexically_normal());
}

TEST_CASE("a service must be a unit or a command") {
    const std::vector<Wrong> cases{
        {"a path", after_valid_lines("[service]\nunit = \"/etc/systemd/system/myapp\"\n"),
         "myapp.toml:4:8: service.unit: \"/etc/systemd/system/myapp\" is a path, not the name of a "
         "unit\n        Write \"myapp.service\".\n"},
        {"a sentence", after_valid_lines("[service]\nunit = \"my app\"\n"),
         "myapp.toml:4:8: service.unit: \"my app\" is not a unit name\n"
         "        Write the name as shown by `systemctl status`: \"myapp.service\".\n"},
        {"an option", after_valid_lines("[service]\nunit = \"--all\"\n"),
         "myapp.toml:4:8: service.unit: \"--all\" is not a unit name\n"
         "        Write the name as shown by `systemctl status`: \"myapp.service\".\n"},
        {"nothing", after_valid_lines("[service]\nunit = \"\"\n"),
         "myapp.toml:4:8: service.unit: \"\" is not a unit name\n"
         "        Write the name as shown by `systemctl status`: \"myapp.service\".\n"},
        {"a template", after_valid_lines("[service]\nunit = \"web@.service\"\n"),
         "myapp.toml:4:8: service.unit: \"web@.service\" is a template, which cannot run\n"
         "        Name an instance: \"web@INSTANCE.service\".\n"},
        {"a template among several",
         after_valid_lines("[service]\nunits = [\"web\", \"worker@\"]\n"),
         "myapp.toml:4:9: service.units: \"worker@.service\" is a template, which cannot run\n"
         "        Name an instance: \"worker@INSTANCE.service\".\n"},
        {"no unit", after_valid_lines("[service]\nunits = []\n"),
         "myapp.toml:4:9: service.units: contains no unit\n"
         "        Add a unit, or remove the key.\n"},
        {"units and a command",
         after_valid_lines("[service]\nunits = [\"x\"]\nrestart = [\"true\"]\n"),
         "myapp.toml:5:11: service.restart: cannot be combined with service.units\n"
         "        Remove one of the two.\n"},
        {"start without a unit", after_valid_lines("[service]\nstart = true\n"),
         "myapp.toml:4:9: service.start: has no effect without service.unit\n"
         "        Add to [service]: unit = \"myapp.service\"\n"},
        {"scope without a unit", after_valid_lines("[service]\nscope = \"user\"\n"),
         "myapp.toml:4:9: service.scope: has no effect without service.unit\n"
         "        Add to [service]: unit = \"myapp.service\"\n"},
        {"a trigger without a unit", after_valid_lines("[service]\ntrigger = \"/x\"\n"),
         "myapp.toml:4:11: service.trigger: has no effect without service.unit\n"
         "        Add to [service]: unit = \"myapp.service\"\n"},
        {"a trigger for the account's own manager",
         after_valid_lines("[service]\nunit = \"x\"\nscope = \"user\"\ntrigger = \"/x\"\n"),
         "myapp.toml:6:11: service.trigger: applies to system units only\n"
         "        Remove it. An account needs no permission for units of its user manager.\n"},
        {"a wrong scope", after_valid_lines("[service]\nunit = \"x\"\nscope = \"usr\"\n"),
         "myapp.toml:5:9: service.scope: \"usr\" is neither \"system\" nor \"user\"\n"
         "        Did you mean \"user\"?\n"},
        {"a settle time for a command",
         after_valid_lines("[service]\nrestart = [\"true\"]\nsettle = \"1s\"\n"),
         "myapp.toml:5:10: service.settle: has no effect without service.unit\n"
         "        Add to [service]: unit = \"myapp.service\"\n"},
        {"a deadline without a unit", after_valid_lines("[service]\nrestart_deadline = \"1s\"\n"),
         "myapp.toml:4:20: service.restart_deadline: has no effect without service.unit or "
         "service.restart\n        Add to [service]: unit = \"myapp.service\"\n"},
        {"both", after_valid_lines("[service]\nunit = \"x\"\nrestart = [\"true\"]\n"),
         "myapp.toml:5:11: service.restart: cannot be combined with service.unit\n"
         "        Remove one of the two.\n"},
        {"an empty command", after_valid_lines("[service]\nrestart = []\n"),
         "myapp.toml:4:11: service.restart: contains no program\n"
         "        Write the program and its arguments, or remove the key.\n"},
        {"a relative program", after_valid_lines("[service]\nrestart = [\"./restart\"]\n"),
         "myapp.toml:4:11: service.restart: \"./restart\" is not an absolute path\n"
         "        Write an absolute path, or the name of a program in $PATH.\n"},
        {"an option", after_valid_lines("[service]\nrestart = [\"-c\"]\n"),
         "myapp.toml:4:11: service.restart: \"-c\" is not a program\n"
         "        Write an absolute path, or the name of a program in $PATH.\n"},
        {"a NUL", after_valid_lines("[service]\nrestart = [\"true\", \"a\\u0000\"]\n"),
         "myapp.toml:4:11: service.restart: contains a NUL character\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("unused credentials and URLs are problems") {
    const std::vector<Wrong> cases{
        {"an ssh key for https",
         "repository = \"https://github.com/octocat/myapp\"\ndirectory = \"/srv/myapp\"\n"
         "[auth]\nssh_key = \"/k\"\n",
         "myapp.toml:4:11: auth.ssh_key: has no effect for https://github.com/octocat/myapp\n"
         "        To fetch over ssh, write: repository = \"octocat/myapp\"\n"},
        {"a token for ssh",
         "repository = \"git@example.com:x\"\ndirectory = \"/srv/x\"\n[auth]\ntoken_file = "
         "\"/t\"\n",
         "myapp.toml:4:14: auth.token_file: has no effect for ssh://git@example.com/~/x\n"
         "        Remove it, or write an https:// URL.\n"},
        {"an API of another server",
         "repository = \"https://example.com/x\"\ndirectory = \"/srv/x\"\n"
         "[github]\napi_url = \"https://github.example.com/api/v3\"\n",
         "myapp.toml:4:11: github.api_url: has no effect: the repository is not on "
         "github.example.com\n        Remove it, or correct the repository.\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("a syntax error has its position and a hint") {
    // The text between them is the library's, and differs between its versions.
    struct Row {
        const char* toml;
        const char* place;
        const char* hint;
    };
    const auto* const quotes = "Put text and durations in double quotes";
    for (const auto& row : std::vector<Row>{
             {"branch = main\n", "1:10", quotes},
             {"\ninterval = 60s\n", "2:14", quotes},
             {"branch = topic\n", "1:11", quotes},
             {"branch: \"main\"\n", "1:7", "Write a key and its value"},
             {"branch = \"main", "1:15", "A quotation mark is missing."},
             {"stamp = \"a\\w\"\n", "1:12", "write a backslash twice"},
             {"[poll]\n[poll]\n", "2:1", "Merge the two tables."},
         }) {
        const auto said = problems_of(row.toml);
        CHECK(said.starts_with(std::string{"myapp.toml:"} + row.place + ": not TOML: "));
        CHECK_THAT(said, ContainsSubstring(row.hint));
    }
    CHECK(problems_of("a = 1\na = 2\n").starts_with("myapp.toml:2:"));
}

TEST_CASE("characters that TOML forbids outside of quotes have our own messages") {
    const std::vector<Wrong> cases{
        {"curly quotes", "branch = “main”\n",
         "myapp.toml:1:10: “ is not a TOML quotation mark\n"
         "        Write straight quotes: \".\n"},
        {"a letter outside of quotes", "# grüße\nbranch = \"ü\"\nü = 1\n",
         "myapp.toml:3:1: ü is not allowed outside of quotes\n"
         "        Put text in double quotes, and comments after a #.\n"},
        {"not UTF-8", "branch\xff = 1\n",
         "myapp.toml:1:7: \\xff is not allowed outside of quotes\n"
         "        Put text in double quotes, and comments after a #.\n"},
        {"a letter behind a continued line", "branch = \"\"\"\\\n  ü\"\"\"\n",
         "myapp.toml:2:3: ü is not allowed after a backslash\n"
         "        Write the backslash twice. After a backslash at the end of a line, begin with an "
         "ASCII letter.\n"},
        {"a letter within a value without quotes", "branch = 1[\"\"ü\n",
         "myapp.toml:1:14: ü is not allowed outside of quotes\n"
         "        Put text in double quotes, and comments after a #.\n"},
        {"a line without an end", std::string(5000, '#'),
         "myapp.toml:1:1: the line is longer than 4096 bytes\n"},
    };
    for (const auto& wrong : cases)
        check(wrong);
}

TEST_CASE("all problems are returned together, in the order of the file") {
    check(
        {"everything",
         "repository = 7\n"
         "branch = \"a b\"\n"
         "[poll]\n"
         "intervall = \"1s\"\n"
         "interval = \"1s\"\n"
         "[service]\n"
         "unit = \"a/b\"\n"
         "restart = [1]\n",
         "myapp.toml:1:1: directory: is missing\n"
         "        Add, above the first [table]: directory = \"/home/scripts/myapp\"\n"
         "myapp.toml:1:14: repository: must be a string, but is the number 7\n"
         "        Example: repository = \"octocat/myapp\"\n"
         "myapp.toml:2:10: branch: \"a b\" is not a branch name\n"
         "        Write the name as shown by `git branch`, such as \"main\".\n"
         "myapp.toml:4:1: poll.intervall: unknown key\n"
         "        Did you mean poll.interval?\n"
         "myapp.toml:7:8: service.unit: \"a/b\" is a path, not the name of a unit\n"
         "        Write \"b.service\".\n"
         "myapp.toml:8:11: service.restart: must contain only strings, but contains the number 1\n"
         "        Write the program and its arguments: restart = [\"supervisorctl\", "
         "\"restart\", \"myapp\"]\n"});
}

TEST_CASE("an empty file lacks the required keys") {
    check({"empty", "",
           "myapp.toml:1:1: repository: is missing\n"
           "        Add, above the first [table]: repository = \"octocat/myapp\"\n"
           "myapp.toml:1:1: directory: is missing\n"
           "        Add, above the first [table]: directory = \"/home/scripts/myapp\"\n"});
}

TEST_CASE("a file name must be an app name") {
    CHECK(
        problems_of(least, "/etc/inhaul/x/my app.toml") ==
        "/etc/inhaul/x/my app.toml: \"my app\" is not a valid app name\n"
        "        Name the file with at most 64 letters, digits, dots, _ and -, the first a letter "
        "or digit.\n");
}

TEST_CASE("a relay's URL must contain a channel, and messages do not contain it") {
    struct Row {
        std::string url;
        const char* said;
    };
    for (const auto& row : std::vector<Row>{
             {"https://smee.io", "names \"smee.io\" but no channel"},
             {"https://smee.io/", "names \"smee.io\" but no channel"},
             {"http://smee.io/Xk2vLq8wZr4TnB6c", "the URL of \"smee.io\" is not https"},
             {"https://me:pass@smee.io/Xk2vLq8wZr4TnB6c", "contains a user name or password"},
             {"smee.io/Xk2vLq8wZr4TnB6c", "is not a URL"},
             {"https://smee.io/a b", "is not a URL"},
             {"https://smee.io/a#b", "is not a URL"},
             {"", "is not a URL"},
         }) {
        INFO(row.url);
        const auto said = problems_of(after_valid_lines("[relay]\nurl = \"" + row.url + "\"\n"));
        CHECK_THAT(said, ContainsSubstring("relay.url: ") && ContainsSubstring(row.said));
        CHECK_THAT(said, !ContainsSubstring("Xk2vLq8wZr4TnB6c") && !ContainsSubstring("pass\""));
    }
    CHECK(settings_of(after_valid_lines("[relay]\nurl = \"http://127.0.0.1:5/c\"\n")).relay->url ==
          "http://127.0.0.1:5/c");
    CHECK_FALSE(settings_of(after_valid_lines("")).relay);
}

TEST_CASE("a secret in place of its file is not printed") {
    for (const auto* const table :
         {"[auth]\npassphrase_file", "[auth]\ntoken_file", "[hooks]\nenvironment_file",
          "[relay]\nurl = \"https://smee.io/c\"\nsecret_file",
          "[relay]\nurl = \"https://smee.io/c\"\nold_secret_file", "[report]\ntoken_file",
          "[notify.a]\ntype = \"webhook\"\nurl_file", "[notify.a]\ntype = \"webhook\"\nsecret_file",
          "[notify.a]\ntype = \"ntfy\"\ntoken_file", "[notify.a]\ntype = \"email\"\npassword_file"})
        for (const auto* const value :
             {"s3cr3t-value", "https://host/s3cr3t-value", "s3cr3t-value\\n"}) {
            const auto said =
                problems_of(after_valid_lines(std::string{table} + " = \"" + value + "\"\n"));
            INFO(table << " = " << value << "\n" << said);
            CHECK_THAT(said, ContainsSubstring("_file: is not an absolute path"));
            CHECK_THAT(said, !ContainsSubstring("s3cr3t"));
        }
}

TEST_CASE("a webhook secret without a relay is a problem") {
    CHECK_THAT(problems_of(after_valid_lines("[relay]\nsecret_file = \"/s\"\n")),
               ContainsSubstring("relay.secret_file: has no effect without relay.url"));
    CHECK_THAT(problems_of(after_valid_lines("[relay]\nurl = \"https://smee.io/c\"\n"
                                             "old_secret_file = \"/s\"\n")),
               ContainsSubstring("relay.old_secret_file: has no effect without relay.secret_file"));
}

}  // namespace inhaul::test
