// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "reading.hpp"

namespace inhaul::test {
namespace {

/// Characters and words with a meaning in TOML or in settings.
const std::vector<std::string> pieces{
    "\"", "'", "\"\"\"", "'''",  "[",         "]",        "[[", "{",    "}",   "=",  ".",
    ",",  "#", "\\",     "\n",   "\r\n",      "\t",       " ",  "true", "1",   "-1", "1e9",
    "0x", "ü", "ﻆ",      "\xff", "\xc3",      "\\u0000",  "~/", "%d/",  "://", "@",  "::",
    ":",  "/", "..",     "-",    "git@a:b/c", "ext::sh ", "[&", "nan",  "inf", "\0", "“",
};

class Mutation {
public:
    explicit Mutation(unsigned seed) : random_(seed) {}

    std::string of(std::string text) {
        for (auto times = 1 + below(4); times > 0; --times)
            change(text);
        return text;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void change(std::string& text) {
        const auto at = below(text.size() + 1);
        switch (below(5)) {
            case 0:
                text.erase(at, below(20));
                break;
            case 1:
                text.insert(at, pieces[below(pieces.size())]);
                break;
            case 2: {
                const auto from =
                    below(text.size() + 1);  // one number a statement, in a fixed order
                text.insert(at, text.substr(from, below(40)));
                break;
            }
            case 3:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            default:
                text.resize(at);
                break;
        }
    }

    std::minstd_rand random_;  // the same sequence everywhere, unlike distributions
};

/// The example with all keys and without comments, so that most changes affect a value.
std::string everything() {
    return R"(repository = "octocat/myapp"
branch = 'main'
directory = "/srv/myapp"
stamp = "updated.txt"
[auth]
ssh_key = "~/.ssh/deploy_key"
token_file = "/etc/inhaul/token"
known_hosts = "/etc/inhaul/known_hosts"
[tls]
ca_file = "/ca.pem"
[github]
api_url = "https://api.github.com"
[poll]
interval = "60s"
via = "api"
[deploy]
deadline = "15m"
[service]
restart = ["supervisorctl", "restart", """my\
   app"""]
restart_deadline = "90s"
)";
}

void check_answer(const std::string& toml) {
    const auto loaded = config::parse(toml, "myapp.toml");
    CHECK(loaded.apps.size() <= 1);
    CHECK(loaded.apps.empty() != loaded.problems.empty());
    for (const auto& problem : loaded.problems) {
        CHECK(problem.line > 0);
        CHECK(problem.column > 0);
        CHECK_FALSE(problem.message.empty());
        const auto text = config::format(problem);
        CHECK(text.find_first_of(std::string_view{"\0\x1b\r\t", 4}) == std::string::npos);
    }
    for (const auto& settings : loaded.apps) {
        const auto printed = config::to_toml(settings);
        const auto again = config::parse(printed, "myapp.toml");
        REQUIRE(again.apps.size() == 1);
        CHECK(config::to_toml(again.apps.front()) == printed);
    }
}

}  // namespace

TEST_CASE("every file gives settings, or problems with a position", "[long]") {
    const Account account;
    const auto base = everything();
    REQUIRE(config::parse(base, "myapp.toml").apps.size() == 1);
    for (unsigned seed = 1; seed <= 4000; ++seed) {
        const auto toml = Mutation{seed}.of(base);
        INFO("seed " << seed << "\n" << toml);
        check_answer(toml);
    }
}

TEST_CASE("a deeply nested file is refused without a crash", "[long]") {
    const Account account;
    const auto repeated = [](const std::string& text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i)
            all += text;
        return all;
    };
    for (const auto& toml :
         {repeated("[", 100'000), "a = " + repeated("[", 100'000),
          "a = " + repeated("[\n", 100'000), "a = " + repeated("{a=", 1000),
          repeated("a.", 120'000) + "a = 1",
          "[" + repeated("a.", 2000) + "a]\n" + repeated("b.", 2000) + "b = 1\n",
          repeated("[a]\n", 50'000), repeated("[[a]]\n", 50'000), repeated("\"", 100'000),
          std::string{"[&"}, std::string{"[[["}, std::string{"[[="}}) {
        INFO(toml.substr(0, 40));
        const auto loaded = config::parse(toml, "myapp.toml");
        CHECK(loaded.apps.empty());
        CHECK_FALSE(loaded.problems.empty());
    }
}

}  // namespace inhaul::test
