// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fnmatch.h>
#include <glob.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::config {
namespace {

constexpr std::size_t largest_ssh_config = 1024 * 1024;
constexpr int deepest_include = 4;
/// Files and `Include` lines together. A file that includes itself on each line would take hours.
constexpr int most_files = 500;

/// Returns the host of ssh://USER@HOST:PORT/PATH and USER@HOST:PATH.
std::string host_in(std::string_view repository) {
    if (const auto url = Url::split(repository)) return url->scheme == "ssh" ? url->host : "";
    const auto address = ScpAddress::split(repository);
    return address ? address->host : "";
}

/// Splits a line of ssh_config(5): a keyword and its words, separated by white space or one `=`.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
            begun = true;
        } else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || (c == '=' && words.empty()))) {
            if (begun || !word.empty()) words.push_back(std::exchange(word, {}));
            begun = false;
        } else {
            word += c;
        }
    }
    if (begun || !word.empty()) words.push_back(std::move(word));
    if (words.size() > 1 && words[1] == "=") words.erase(words.begin() + 1);
    return words;
}

bool matches(const std::vector<std::string>& words, const std::string& host) {
    bool found = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const bool negated = words[i].starts_with('!');
        const auto pattern = lower_case(words[i].substr(negated ? 1 : 0));
        if (::fnmatch(pattern.c_str(), host.c_str(), 0) != 0) continue;
        if (negated) return false;
        found = true;
    }
    return found;
}

/// The HostName of a host in the configuration. As in ssh, the first one counts.
class Lookup {
public:
    Lookup(fs::path home, std::string host) : home_(std::move(home)), host_(std::move(host)) {}

    void read(const fs::path& file, int depth = 0) {
        if (!may_read_more()) return;
        const auto text = file::read(file, largest_ssh_config);
        if (!text) return;
        for (const auto full_line : lines_of(*text)) {
            if (name_) return;
            const auto line = trimmed(full_line);
            if (!line.starts_with('#')) take(words_of(line), depth);
        }
    }
    [[nodiscard]] bool is_alias() const {
        return name_ && lower_case(*name_) != host_ && name_->find("%h") == std::string::npos;
    }

private:
    void take(const std::vector<std::string>& words, int depth) {
        if (words.size() < 2) return;
        const auto keyword = lower_case(words[0]);
        if (keyword == "host") applies_ = matches(words, host_);
        // The conditions of Match are not evaluated.
        if (keyword == "match") applies_ = words.size() == 2 && lower_case(words[1]) == "all";
        if (!applies_) return;
        if (keyword == "hostname") name_ = words[1];
        if (keyword == "include")
            for (std::size_t i = 1; i < words.size(); ++i)
                include(words[i], depth);
    }

    bool may_read_more() {
        if (files_left_ == 0) return false;
        --files_left_;
        return true;
    }

    void include(std::string pattern, int depth) {
        if (depth == deepest_include || !may_read_more()) return;
        if (pattern.starts_with("~/")) pattern = (home_ / pattern.substr(2)).string();
        if (!pattern.starts_with('/')) pattern = (home_ / ".ssh" / pattern).string();
        ::glob_t found{};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
            for (std::size_t i = 0; i < found.gl_pathc && !name_; ++i) {
                read(found.gl_pathv[i], depth + 1);
                applies_ = true;
            }
        ::globfree(&found);
    }

    fs::path home_;
    std::string host_;
    bool applies_ = true;
    int files_left_ = most_files;
    std::optional<std::string> name_;
};

}  // namespace

std::optional<fs::path> ssh_config_for(std::string_view repository, const fs::path& home) {
    const auto host = host_in(repository);
    if (host.empty()) return std::nullopt;
    auto file = home / ".ssh/config";
    Lookup lookup{home, host};
    lookup.read(file);
    return lookup.is_alias() ? std::optional{std::move(file)} : std::nullopt;
}

}  // namespace inhaul::config
