// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/url.hpp>

#include "support/catch.hpp"

using namespace inhaul;

TEST_CASE("a URL is split into its parts, with scheme and host in lower case") {
    CHECK(Url::parse("HTTPS://me%40x:p@Example.COM:8443/A/b?c=d?e#F#g").value() ==
          Url{.scheme = "https",
              .user = "me%40x:p",
              .host = "example.com",
              .port = "8443",
              .path = "/A/b",
              .query = "c=d?e",
              .fragment = "F#g"});
    CHECK(Url::parse("ssh://git@[fe80::1%eth0]:22/~/x").value() == Url{.scheme = "ssh",
                                                                       .user = "git",
                                                                       .host = "[fe80::1%eth0]",
                                                                       .port = "22",
                                                                       .path = "/~/x"});
    CHECK(Url::parse("http://127.0.0.1").value() == Url{.scheme = "http", .host = "127.0.0.1"});
    CHECK(Url::parse("https://example.com?q").value() ==
          Url{.scheme = "https", .host = "example.com", .query = "q"});
    CHECK(Url::parse("file:///srv/my app").value() == Url{.scheme = "file", .path = "/srv/my app"});
}

TEST_CASE("text, base and rest of a URL are as parsed") {
    for (const auto* text :
         {"https://me:p@example.com:8443/a/b?c#d", "ssh://git@[::1]:22/~/x", "file:///srv/x",
          "https://example.com", "https://example.com/?", "https://example.com/#"}) {
        CAPTURE(text);
        const auto url = Url::parse(text).value();
        CHECK(url.text() == text);
        CHECK(url.base() + url.rest() == text);
        CHECK(Url::parse(url.text()) == url);
    }
    const auto url = Url::parse("https://me@example.com:8443/a?b").value();
    CHECK(url.base() == "https://me@example.com:8443");
    CHECK(url.rest() == "/a?b");
}

TEST_CASE("a port is the number in the URL, or the default of its scheme") {
    const auto port = [](std::string_view text) { return Url::parse(text).value().port_number(); };
    CHECK(port("https://x/") == 443);
    CHECK(port("http://x/") == 80);
    CHECK(port("ssh://x/") == 22);
    CHECK(port("ftp://x/") == 0);
    CHECK(port("https://x:1/") == 1);
    CHECK(port("https://x:65535/") == 65535);
    CHECK(port("https://[::1]/") == 443);
    CHECK(Url::split("https://x:y/")->port_number() == 0);
}

TEST_CASE("the scheme of a URL is compared as a whole") {
    CHECK(has_scheme("https://x/", "https"));
    CHECK_FALSE(has_scheme("https://x/", "http"));
    CHECK_FALSE(has_scheme("http:/x", "http"));
    CHECK_FALSE(has_scheme("", "http"));
}

TEST_CASE("an IPv6 address has brackets in a URL, and none for ssh") {
    CHECK(Url::parse("ssh://[::1]/x").value().bare_host() == "::1");
    CHECK(Url::parse("ssh://example.com/x").value().bare_host() == "example.com");
}

TEST_CASE("a URL that breaks a rule names the part") {
    struct Row {
        std::string_view text;
        UrlFault fault;
    };
    using namespace std::string_view_literals;
    for (const auto& [text, fault] :
         std::initializer_list<Row>{{"", UrlFault::form},
                                    {"example.com/x", UrlFault::form},
                                    {"//example.com/x", UrlFault::form},
                                    {"https:/example.com", UrlFault::form},
                                    {"https://example.com/a b", UrlFault::form},
                                    {"https://example.com/a\nb", UrlFault::form},
                                    {"https://example.com/a\0b"sv, UrlFault::form},
                                    {"ssh://example.com/a\x7f", UrlFault::form},
                                    {"https://good.example\\@evil.example/", UrlFault::form},
                                    {"https://example.com/\"x\"", UrlFault::form},
                                    {"://example.com", UrlFault::scheme},
                                    {"1https://example.com", UrlFault::scheme},
                                    {"ht!tp://example.com", UrlFault::scheme},
                                    {"https://@example.com/", UrlFault::user},
                                    {"https://-o@example.com/", UrlFault::user},
                                    {"https://%2do@example.com/", UrlFault::user},
                                    {"https://a%0ab@example.com/", UrlFault::user},
                                    {"https://a%zz@example.com/", UrlFault::user},
                                    {"https://a@b@example.com/", UrlFault::user},
                                    {"https://", UrlFault::host},
                                    {"https:///x", UrlFault::host},
                                    {"https://:80/x", UrlFault::host},
                                    {"https://-x/", UrlFault::host},
                                    {"https://.x/", UrlFault::host},
                                    {"https://ex%61mple.com/", UrlFault::host},
                                    {"https://exämple.com/", UrlFault::host},
                                    {"https://[::1/", UrlFault::host},
                                    {"https://::1/", UrlFault::host},
                                    {"https://[]/", UrlFault::host},
                                    {"https://[x]/", UrlFault::host},
                                    {"https://[1.2.3.4]/", UrlFault::host},
                                    {"https://[::1%]/", UrlFault::host},
                                    {"https://[::1]x/", UrlFault::host},
                                    {"file://example.com/x", UrlFault::host},
                                    {"file://me@/x", UrlFault::host},
                                    {"https://x:/", UrlFault::port},
                                    {"https://x:0/", UrlFault::port},
                                    {"https://x:65536/", UrlFault::port},
                                    {"https://x:+1/", UrlFault::port},
                                    {"https://x:8o/", UrlFault::port},
                                    {"https://[::1]:/", UrlFault::port}}) {
        CAPTURE(text);
        const auto url = Url::parse(text);
        REQUIRE_FALSE(url);
        CHECK(url.error() == fault);
    }
    CHECK(Url{.scheme = "https", .host = "x", .path = "y"}.fault() == UrlFault::path);
}

TEST_CASE("the parts of an invalid URL can be split, also to find a password") {
    const auto url = Url::split("https://me:pass/word@example.com/x").value();
    CHECK_FALSE(url.user);
    CHECK(url.host == "me");
    CHECK(url.rest() == "/word@example.com/x");
    CHECK(Url::split("https://me:p@ss@example.com/x")->user == "me:p@ss");
    CHECK_FALSE(Url::split("git@example.com:x"));
}

TEST_CASE("an address in scp's form is split") {
    CHECK(ScpAddress::split("git@Example.com:o/n.git").value() ==
          ScpAddress{.user = "git", .host = "example.com", .path = "o/n.git"});
    CHECK(ScpAddress::split("example.com:/srv/x").value() ==
          ScpAddress{.host = "example.com", .path = "/srv/x"});
    CHECK(ScpAddress::split("git@[::1]:a:b").value() ==
          ScpAddress{.user = "git", .host = "[::1]", .path = "a:b"});
    for (const auto* text : {"", "o/n", "/srv/x:y", "./a:b", "https://example.com/a:b", "[::1]",
                             "git@[::1", "example.com"}) {
        CAPTURE(text);
        CHECK_FALSE(ScpAddress::split(text));
    }
}

TEST_CASE("only names and addresses of this host are loopback") {
    for (const auto* host : {"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "::1"})
        CHECK(is_loopback(host));
    for (const auto* host : {"", "localhost.example.com", "127.example.com", "128.0.0.1", "[::2]",
                             "0.0.0.0", "127x0.0.1"})
        CHECK_FALSE(is_loopback(host));
}
