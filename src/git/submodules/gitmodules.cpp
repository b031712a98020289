// SPDX-License-Identifier: Apache-2.0
#include "gitmodules.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <git/checkout/safe_path.hpp>
#include <git/checkout/tree_changes.hpp>
#include <git/repository/config_entries.hpp>
#include <git/repository/tree.hpp>
#include <git/transport/ssh_destination.hpp>

namespace inhaul::git {
namespace {

constexpr auto file_name = ".gitmodules";
constexpr std::size_t largest_file = 1024 * 1024;

tl::unexpected<Error> refused(std::string message) {
    return fail(ErrorCode::refused, fmt::format("{}: {}", file_name, std::move(message)),
                "Correct .gitmodules in the repository, or set submodules = false.");
}

/// With an include, libgit2 would read any file of this host.
bool has_include(std::string_view text) {
    std::string packed;
    for (const char c : text)
        if (c != ' ' && c != '\t') packed += c;
    return lower_case(packed).find("[include") != std::string::npos;
}

/// Returns a file in memory: libgit2 reads configuration only from files.
Result<FileDescriptor> in_memory(std::string_view text) {
    FileDescriptor file{::memfd_create("gitmodules", MFD_CLOEXEC)};
    if (!file) return fail(system_error(errno, "keep .gitmodules in memory"));
    while (!text.empty()) {
        const auto written = ::write(file.get(), text.data(), text.size());
        if (written < 0) return fail(system_error(errno, "keep .gitmodules in memory"));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

using Values = std::map<std::string, std::string>;

/// Returns the values of each section [submodule "NAME"].
Result<std::map<std::string, Values>> sections_of(std::string_view text) {
    TRY(initialise());
    const auto file = TRY(in_memory(text));
    git_config* raw = nullptr;
    const auto path = fmt::format("/proc/self/fd/{}", file.get());
    if (git_config_open_ondisk(&raw, path.c_str()) != 0) return refused("invalid syntax");
    const ConfigHandle config{raw};
    std::map<std::string, Values> sections;
    for (const auto& entry : TRY(config_entries(raw, "submodule."))) {
        const auto dot = entry.name.rfind('.');
        if (dot == std::string::npos || !entry.value) continue;
        // The first value counts, as in git, so that nobody sees one value and gets another.
        sections[entry.name.substr(0, dot)].try_emplace(entry.name.substr(dot + 1), *entry.value);
    }
    return sections;
}

/// A rebuild creates the new repository at this name beside the old one.
bool is_place_of_rebuilding(std::string_view name) {
    constexpr std::string_view end{".inhaul"};
    return name.ends_with(end) || name.find(".inhaul/") != std::string_view::npos;
}

/// The name becomes a directory below `modules`.
bool is_good_name(std::string_view name) {
    return name.size() <= 1000 && name.find('\\') == std::string_view::npos &&
           std::none_of(name.begin(), name.end(), is_control) && !unsafe_path(name, false) &&
           !is_place_of_rebuilding(name);
}

/// Returns true if one name is a directory above another: then one repository would be inside the
/// other.
bool overlap(const std::set<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto below = names.lower_bound(name + "/");
        return below != names.end() && below->starts_with(name + "/");
    });
}

bool is_local(std::string_view url) {
    return git_protocol(url) == GitProtocol::local;
}

/// Returns an https URL for a repository over ssh on the token's own host.
std::optional<std::string> over_https(const std::string& url, const Access& access) {
    const auto origin = http::origin_of(access.url);
    if (!access.token || !origin || git_protocol(url) != GitProtocol::ssh) return std::nullopt;
    const auto to = ssh_destination(url);
    if (!to || to->host != origin->host || to->path.starts_with('~')) return std::nullopt;
    constexpr std::string_view home{"/~"};
    auto path = Url::split(url)->rest();
    // Forges have no home directories: relative paths begin at the top.
    if (path.starts_with(home)) path.erase(0, home.size());
    return Url::split(access.url)->base() + path;
}

Result<Access> access_to(const SubmoduleEntry& declared, const Access& from) {
    const auto wanted = TRY(resolved_url(from.url, declared.url));
    auto url = TRY(from.submodule_url(wanted));
    if (auto other = over_https(url, from)) url = std::move(*other);
    if (is_local(url) && !is_local(from.url))
        return refused(fmt::format("the URL {} is a path on this host", printable(url)));
    if (has_scheme(url, "http") && !has_scheme(from.url, "http"))
        return refused(fmt::format("the URL {} is not encrypted", printable(url)));
    auto access = from;
    const auto origin = http::origin_of(url);
    if (!origin || origin != http::origin_of(from.url)) access.token.reset();
    access.url = std::move(url);
    return access;
}

Result<std::string> content_of(git_repository* repository, const git_oid& id) {
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository, &id), "read .gitmodules"));
    const Handle<git_blob, git_blob_free> blob{raw};
    const auto size = static_cast<std::size_t>(git_blob_rawsize(raw));
    if (size > largest_file) return refused(fmt::format("larger than {} bytes", largest_file));
    return std::string{static_cast<const char*>(git_blob_rawcontent(raw)), size};
}

}  // namespace

Result<std::vector<SubmoduleEntry>> read_gitmodules(std::string_view text) {
    if (has_include(text)) return refused("includes another file");
    std::vector<SubmoduleEntry> found;
    std::set<std::string> names;
    std::set<std::string> paths;
    for (auto& [name, values] : TRY(sections_of(text))) {
        if (values["update"] == "none" || values["path"].empty() || values["url"].empty()) continue;
        auto path = values["path"];
        while (path.ends_with('/'))
            path.pop_back();
        if (!is_good_name(name)) return refused("invalid submodule name " + printable(name, 100));
        if (unsafe_path(path, false))
            return refused("invalid submodule path " + printable(path, 100));
        if (!paths.insert(path).second)
            return refused(fmt::format("two submodules have the path {}", printable(path, 100)));
        names.insert(name);
        found.push_back({name, std::move(path), values["url"]});
        if (found.size() > limits::submodules)
            return refused(fmt::format("more than {} submodules", limits::submodules));
    }
    if (overlap(names)) return refused("the name of one submodule is a directory below another's");
    return found;
}

Result<std::string> resolved_url(const std::string& from, const std::string& url) {
    if (!url.starts_with("./") && !url.starts_with("../")) return url;
    const auto parsed = Url::split(from);
    const auto root = parsed ? parsed->base().size() : 0;
    auto base = from;
    while (base.ends_with('/'))
        base.pop_back();
    std::string_view rest{url};
    while (true) {
        if (rest.starts_with("./")) {
            rest.remove_prefix(2);
        } else if (rest.starts_with("../")) {
            rest.remove_prefix(3);
            const auto slash = base.rfind('/');
            if (slash == std::string::npos || slash < root)
                return refused(fmt::format("the relative URL {} leads above the root of {}",
                                           printable(url), from));
            base.erase(slash);
        } else {
            return base + "/" + std::string{rest};
        }
    }
}

Result<std::vector<Submodule>> submodules_of(git_repository* repository, const CommitId& commit,
                                             const Access& access) {
    std::vector<Submodule> found;
    if (!access.submodule_url) return found;
    const auto tree = TRY(tree_of(repository, commit));
    const auto file = TRY(tree_entry_at(tree.get(), file_name));
    if (!file || file->mode == GIT_FILEMODE_LINK || file->mode == GIT_FILEMODE_COMMIT) return found;
    for (const auto& declared : TRY(read_gitmodules(TRY(content_of(repository, file->id))))) {
        const auto wanted = TRY(tree_entry_at(tree.get(), declared.path));
        if (!wanted || wanted->mode != GIT_FILEMODE_COMMIT) continue;
        found.push_back({declared.name, declared.path,
                         TRY_WITHIN(fmt::format("submodule {}", printable(declared.path)),
                                    access_to(declared, access)),
                         id_from(wanted->id)});
    }
    return found;
}

}  // namespace inhaul::git
