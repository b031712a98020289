#include "stamp.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/file.hpp>

#include "tree.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_exclude = 1024 * 1024;

/// What matches exactly this path in an exclude file.
std::string literal_pattern(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        if (std::string_view{"\\*?[ "}.find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

/// No link on the way: the stamp is written inside the directory.
Result<void> make_directory(const fs::path& directory, const fs::path& stamp) {
    auto path = directory;
    for (const auto& part : stamp.parent_path()) {
        path /= part;
        struct ::stat info {};
        if (::lstat(path.c_str(), &info) == 0 && !S_ISDIR(info.st_mode))
            return fail(ErrorCode::refused, path.string() + " is no directory",
                        "Give another name for the stamp.");
    }
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return fail(system_error(error.value(), "make the directory " + path.string()));
    return {};
}

/// Never committed, never in the way: git does not see it.
Result<void> exclude(git_repository* repository, const fs::path& stamp) {
    const auto file = fs::path{git_repository_commondir(repository)} / "info" / "exclude";
    std::error_code ignored;
    const bool there = fs::exists(file, ignored);
    auto content = there ? TRY(file::read(file, largest_exclude)) : std::string{};
    const auto line = "/" + literal_pattern(stamp.string()) + "\n";
    if (("\n" + content).find("\n" + line) != std::string::npos) return {};
    if (!content.empty() && content.back() != '\n') content += '\n';
    TRY(file::make_directories(file.parent_path(), 0755));
    return file::write_atomically(file, content + line, 0644);
}

}  // namespace

Result<bool> write_stamp(git_repository* repository, const fs::path& stamp, const CommitId& commit,
                         TimePoint time) {
    const auto tree = TRY(tree_of(repository, commit));
    git_tree_entry* raw = nullptr;
    const bool tracked = git_tree_entry_bypath(&raw, tree.get(), stamp.c_str()) == 0;
    const TreeEntryHandle entry{raw};
    if (tracked) return false;
    const fs::path directory{git_repository_workdir(repository)};
    TRY(make_directory(directory, stamp));
    TRY(exclude(repository, stamp));
    TRY(file::write_atomically(directory / stamp,
                               fmt::format("{} {}\n", format_utc(time), commit.hex()), 0644));
    return true;
}

}  // namespace inhaul::git
