// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <map>
#include <set>

#include <inhaul/util/http.hpp>

#include <git/submodules/gitmodules.hpp>

#include "fuzzing.hpp"

// The input is a commit's .gitmodules.

using namespace inhaul;

namespace {

std::string in_quotes(std::string_view text) {
    std::string all{"\""};
    for (const char c : text) {
        if (c == '"' || c == '\\') all += '\\';
        all += c;
    }
    return all + "\"";
}

std::string written(const std::vector<git::SubmoduleEntry>& all) {
    std::string text;
    for (const auto& each : all)
        text += "[submodule " + in_quotes(each.name) + "]\n\tpath = " + in_quotes(each.path) +
                "\n\turl = " + in_quotes(each.url) + "\n";
    return text;
}

/// Maps names to path and URL. Omits values without a plain notation in git's format.
std::map<std::string, std::string> as_map(const std::vector<git::SubmoduleEntry>& all) {
    std::map<std::string, std::string> map;
    for (const auto& each : all)
        map.emplace(each.name, each.path + "\n" + each.url);
    return map;
}

bool is_relative(std::string_view url) {
    return url.starts_with("./") || url.starts_with("../");
}

void check_url(const std::string& from, const std::string& url) {
    const auto resolved = git::resolved_url(from, url);
    if (!resolved) return fuzz::require_readable(resolved.error());
    if (!is_relative(url)) return fuzz::require(*resolved == url, "an absolute URL stays as it is");
    fuzz::require(!is_relative(*resolved), "a relative URL is resolved");
    fuzz::require(resolved->size() <= from.size() + url.size() + 1, "a URL does not grow");
    const auto host = from.substr(0, from.find('/', from.find("://") + 3));
    if (from.find("://") != std::string::npos)
        fuzz::require(resolved->starts_with(host + "/"), "a relative URL stays on its host");
    else
        fuzz::require(resolved->starts_with('/'), "a relative path stays absolute");
}

}  // namespace

void fuzz::run(std::string_view input) {
    const auto declared = git::read_gitmodules(input);
    if (!declared) return require_readable(declared.error());
    require(declared->size() <= 1000, "the number of submodules is bounded");
    std::set<std::string> paths;
    bool plain = true;
    for (const auto& each : *declared) {
        require(!each.url.empty(), "a submodule has a URL");
        require(stays_below(each.path), "a path stays below the directory");
        require(each.name.find('\\') == std::string::npos, "a name has no backslash");
        require(!has_control_character(each.name), "a name has no control character");
        require(stays_below(each.name), "a name stays below the repositories");
        require(paths.insert(each.path).second, "two submodules have two paths");
        plain = plain && !has_control_character(each.path + each.url);
        for (const auto* from : {"https://git.example.com:8443/a/b", "ssh://git@host/~ada/b.git",
                                 "https://git.example.com", "file:///srv/a", "/srv/a/b.git"})
            check_url(from, each.url);
    }
    if (!plain) return;
    const auto again = git::read_gitmodules(written(*declared));
    require(again && as_map(*again) == as_map(*declared), "a rewritten file parses to the same");
}
