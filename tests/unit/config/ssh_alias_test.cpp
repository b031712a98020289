// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"

namespace inhaul::test {
namespace {

bool is_alias(const Host& host, const std::string& repository) {
    const auto found = config::ssh_config_for(repository, host.root);
    if (found) CHECK(*found == host.root / ".ssh/config");
    return found.has_value();
}

}  // namespace

TEST_CASE("a host alias in ~/.ssh/config is recognised") {
    const Host host;
    CHECK_FALSE(is_alias(host, "git@work:octocat/myapp"));
    host.file(".ssh/config",
              "# mine\n"
              "Host work\n  HostName github.com\n  IdentityFile ~/.ssh/work\n"
              "host=\"second\" third !second\n\thostname = git.example.org\n"
              "Host *.lan !no.lan\n  Hostname gateway.example.org\n"
              "Host plain\n  Hostname plain\n"
              "Host itself\n  Hostname %h.example.org\n"
              "Host *\n  User git\n"
              "Include more/*\n");
    host.file(".ssh/more/one", "Host included\n  HostName 192.0.2.7\n");
    for (const auto* const alias :
         {"git@work:octocat/myapp", "work:octocat/myapp", "ssh://git@work/octocat/myapp",
          "ssh://WORK:22/x", "third:x", "a.lan:x", "ssh://git@included/x"}) {
        INFO(alias);
        CHECK(is_alias(host, alias));
    }
    for (const auto* const other :
         {"git@github.com:octocat/myapp", "second:x", "no.lan:x", "plain:x", "itself:x",
          "https://work/octocat/myapp", "octocat/myapp", "/srv/work:x", "~/work", "work/x:y"}) {
        INFO(other);
        CHECK_FALSE(is_alias(host, other));
    }
}

TEST_CASE("a ~/.ssh/config that includes itself on many lines is read in limited time", "[long]") {
    const Host host;
    std::string lines;
    for (int i = 0; i < 200; ++i)
        lines += "Include config\n";
    host.file(".ssh/config", lines + "Host work\n  HostName github.com\n");
    CHECK_FALSE(is_alias(host, "git@other:octocat/myapp"));
    CHECK(is_alias(host, "git@work:octocat/myapp"));
}

}  // namespace inhaul::test
