// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

// Compares line endings under a checkout's configuration with git's.

namespace {

const std::map<std::string, std::string> contents{
    {"lf", "a\nb\n"},
    {"crlf", "a\r\nb\r\n"},
    {"mixed", "a\r\nb\nc\r\n"},
    {"cr", "a\rb\r"},
    {"no-end", "a\nb"},
    {"empty", ""},
    {"one-line", "a"},
    {"nul", std::string{"a\n\0b\n", 5}},
    {"bom",
     "\xef\xbb\xbf"
     "a\nb\n"},
    {"ident", "$Id$\na\n"},
    {"ident-crlf", "$Id$\r\na\r\n"},
    {"only-cr-at-end", "a\nb\r"},
    {"high",
     "\xff\xfe"
     "a\n"},
    {"ctrl-z", "a\nb\n\x1a"},
};

const std::map<std::string, std::string> attributes{
    {"none", ""},
    {"text", "text"},
    {"auto", "text=auto"},
    {"not-text", "-text"},
    {"eol-crlf", "eol=crlf"},
    {"eol-lf", "eol=lf"},
    {"text-crlf", "text eol=crlf"},
    {"text-lf", "text eol=lf"},
    {"auto-crlf", "text=auto eol=crlf"},
    {"auto-lf", "text=auto eol=lf"},
    {"not-text-crlf", "-text eol=crlf"},
    {"old-crlf", "crlf"},
    {"old-not", "-crlf"},
    {"old-input", "crlf=input"},
    {"ident", "ident"},
    {"ident-auto", "ident text=auto"},
    {"binary", "binary"},
};

using Settings = std::vector<std::pair<std::string, std::string>>;

const std::vector<Settings> configurations{
    {},
    {{"core.autocrlf", "true"}},
    {{"core.autocrlf", "input"}},
    {{"core.autocrlf", "false"}, {"core.eol", "crlf"}},
    {{"core.eol", "crlf"}},
    {{"core.eol", "lf"}},
    {{"core.autocrlf", "true"}, {"core.safecrlf", "true"}},
    {{"core.autocrlf", "input"}, {"core.safecrlf", "true"}},
    {{"core.safecrlf", "true"}},
};

void configure(const fs::path& directory, const Settings& settings, const std::string& info) {
    for (const auto& [key, value] : settings)
        run_git(directory, {"config", key, value});
    if (!info.empty()) write_file(directory / ".git/info/attributes", info);
}

/// All kinds of files below directories with all kinds of attributes, as unfiltered blobs.
void write_all(const Upstream& upstream, const std::string& more) {
    std::string rules;
    for (const auto& [directory, rule] : attributes) {
        if (!rule.empty()) rules += "/files/" + directory + "/** " + rule + "\n";
        for (const auto& [name, content] : contents)
            upstream.write("files/" + directory + "/" + name, content + more);
    }
    upstream.write(".gitattributes", "");
    run_git(upstream.laptop, {"add", "-A"});
    // Added last, so that git adds the files unchanged.
    upstream.write(".gitattributes", rules);
    run_git(upstream.laptop, {"add", ".gitattributes"});
    run_git(upstream.laptop, {"commit", "-q", "-m", "all of them"});
    upstream.push();
}

}  // namespace

TEST_CASE("line endings are as git writes them, and git finds no changes") {
    const Place place;
    write_all(place.upstream, "");
    const auto first = commit_named(place.upstream.laptop, "HEAD");
    write_all(place.upstream, "more\n");
    const auto second = commit_named(place.upstream.laptop, "HEAD");
    std::size_t number = 0;
    for (const std::string info : {"", "*lf text eol=crlf\n*mixed -text\n"}) {
        for (const auto& settings : configurations) {
            std::string described = info;
            for (const auto& [key, value] : settings)
                described += key + "=" + value + " ";
            CAPTURE(described);
            const auto beside = place.temporary.path / ("beside-" + std::to_string(++number));
            const auto ours = place.temporary.path / ("ours-" + std::to_string(number));
            for (const auto& directory : {beside, ours}) {
                run_git(place.temporary.path, {"clone", "-q", "--no-checkout",
                                               place.upstream.bare.string(), directory.string()});
                configure(directory, settings, info);
            }
            run_git(beside, {"reset", "-q", "--hard", first.hex()});
            run_git(ours, {"reset", "-q", "--hard", first.hex()});
            const auto checkout = git::repository(ours, main_branch, place.access());
            must(checkout->open());
            const auto head = must(checkout->fetch(no_progress, std::nullopt));
            (void)must(checkout->compare(head));
            must(checkout->switch_to(head));
            CHECK(must(checkout->compare(head)).tree_is_target);
            run_git(beside, {"reset", "-q", "--hard", second.hex()});
            const auto wanted = snapshot(beside);
            const auto found = snapshot(ours);
            for (const auto& [name, content] : wanted) {
                CAPTURE(name);
                CHECK(found.at(name) == content);
            }
            CHECK(found.size() == wanted.size());
            CHECK(tracked_changes(ours) == tracked_changes(beside));
        }
    }
}
