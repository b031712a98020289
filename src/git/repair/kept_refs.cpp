// SPDX-License-Identifier: Apache-2.0
#include "kept_refs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/tree.hpp>
#include "unreachable.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_ref = 4096;
constexpr std::size_t largest_list = 256 * 1024 * 1024;

/// Returns views of the text; nothing if the file could not be read.
std::vector<std::string_view> lines_in(const Result<std::string>& text) {
    return text ? lines_of(*text) : std::vector<std::string_view>{};
}

std::vector<fs::path> files_below(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::recursive_directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (fs::is_regular_file(entry->symlink_status(ignored))) found.push_back(entry->path());
    }
    return found;
}

/// Refs, read from their files: libgit2 cannot open a repository with some kinds of damage.
struct Listed {
    std::map<std::string, std::string> refs;  ///< name, and 40 digits or `ref: ` and a name
    std::set<std::string> unreadable;         ///< names
    bool all = true;                          ///< all names are known

    void add(std::string name, std::string_view value) {
        if (value.starts_with("ref: ") || CommitId::parse(value))
            refs.insert_or_assign(std::move(name), std::string{value});
        else
            unreadable.insert(std::move(name));
    }
};

Listed refs_of(const fs::path& git_directory) {
    Listed listed;
    std::error_code ignored;
    const auto packed = git_directory / "packed-refs";
    if (fs::exists(packed, ignored)) {
        const auto text = file::read(packed, largest_list);
        listed.all = text && !text->empty();
        for (const auto line : lines_in(text))
            if (!line.starts_with('#') && !line.starts_with('^'))
                listed.add(std::string{line.substr(std::min(line.size(), line.find(' ') + 1))},
                           line.substr(0, line.find(' ')));
    }
    for (const auto& path : files_below(git_directory / "refs")) {
        const auto name = path.lexically_relative(git_directory).string();
        if (name.ends_with(".lock")) continue;
        const auto text = file::read(path, largest_ref);
        listed.add(name, text ? trimmed(*text) : std::string_view{});
    }
    return listed;
}

/// Returns the new value of the ref in a line of a reflog.
std::optional<CommitId> new_value(std::string_view line) {
    constexpr std::size_t begin = GIT_OID_HEXSZ + 1;
    return line.size() > begin ? CommitId::parse(line.substr(begin, GIT_OID_HEXSZ)) : std::nullopt;
}

class UniqueDataCopy {
public:
    UniqueDataCopy(const fs::path& from, const fs::path& to) : from_(from), to_(to) {}

    bool run() {
        if (!open()) return false;
        const auto listed = refs_of(from_);
        std::set<std::string> wanted;
        for (const auto& [name, value] : listed.refs)
            if (!value.starts_with("ref: ")) wanted.insert(value);
        for (const auto& id : heads())
            wanted.insert(id.hex());
        const auto logs = files_below(from_ / "logs");
        for (const auto& log : logs)
            for (const auto& id : ids_in(log))
                wanted.insert(id.hex());
        std::erase_if(wanted, [this](const auto& hex) { return is_here(hex); });
        // Usually all of them can be copied at once.
        if (!wanted.empty() && !copy({wanted.begin(), wanted.end()}))
            for (const auto& hex : wanted)
                (void)copy({hex});
        bool all = copy_unreachable(from_, to_) && listed.all && !has_other_files();
        if (!open()) return false;
        for (const auto& [name, value] : listed.refs)
            all = put(name, value) && all;
        for (const auto& name : listed.unreadable)
            all = has_ref(name) && all;
        for (const auto& log : logs)
            all = put_log(log) && all;
        return all;
    }

private:
    /// Opens the new repository twice: alone, and together with the objects of the old one.
    bool open() {
        git_repository* raw = nullptr;
        if (git_repository_open_bare(&raw, to_.c_str()) != 0) return false;
        here_.reset(raw);
        if (git_repository_open_bare(&raw, to_.c_str()) != 0) return false;
        both_.reset(raw);
        git_odb* objects = nullptr;
        if (git_repository_odb(&objects, raw) != 0) return false;
        const OdbHandle odb{objects};
        const auto old = from_ / "objects";
        (void)git_odb_add_disk_alternate(objects, old.c_str());
        const auto others = file::read(old / "info" / "alternates", largest_ref);
        for (const auto line : lines_in(others))
            (void)git_odb_add_disk_alternate(objects, (old / line).c_str());
        return true;
    }

    /// Returns detached HEADs: of the repository and of its worktrees.
    [[nodiscard]] std::vector<CommitId> heads() const {
        std::vector<fs::path> files{from_ / "HEAD"};
        std::error_code error;
        for (fs::directory_iterator entry{from_ / "worktrees", error}, end; !error && entry != end;
             entry.increment(error))
            files.push_back(entry->path() / "HEAD");
        std::vector<CommitId> found;
        for (const auto& file : files) {
            const auto text = file::read(file, largest_ref);
            if (auto id = CommitId::parse(text ? trimmed(*text) : std::string_view{}))
                found.push_back(std::move(*id));
        }
        return found;
    }

    [[nodiscard]] static std::vector<CommitId> ids_in(const fs::path& log) {
        std::vector<CommitId> ids;
        const auto text = file::read(log, largest_list);
        for (const auto line : lines_in(text))
            if (auto id = new_value(line); id && id->hex() != std::string(GIT_OID_HEXSZ, '0'))
                ids.push_back(std::move(*id));
        return ids;
    }

    [[nodiscard]] bool is_here(const std::string& hex) const {
        git_object* raw = nullptr;
        const auto id = oid_from(*CommitId::parse(hex));
        const bool found = git_object_lookup(&raw, here_.get(), &id, GIT_OBJECT_ANY) == 0;
        const ObjectHandle handle{raw};
        return found;
    }

    /// Copies these objects and everything that they refer to. Copies nothing if one is unreadable.
    bool copy(const std::vector<std::string>& objects) {
        git_packbuilder* raw = nullptr;
        git_revwalk* raw_walk = nullptr;
        if (git_packbuilder_new(&raw, both_.get()) != 0) return false;
        const PackbuilderHandle builder{raw};
        if (git_revwalk_new(&raw_walk, both_.get()) != 0) return false;
        const WalkHandle walk{raw_walk};
        for (const auto& hex : objects)
            if (!begin_at(oid_from(*CommitId::parse(hex)), raw, raw_walk)) return false;
        (void)git_revwalk_hide_glob(raw_walk, "refs/*");
        return git_packbuilder_insert_walk(raw, raw_walk) == 0 &&
               git_packbuilder_write(raw, nullptr, 0, nullptr, nullptr) == 0;
    }

    /// A tag is an object too, and need not refer to a commit.
    bool begin_at(const git_oid& id, git_packbuilder* builder, git_revwalk* walk) {
        git_object* raw = nullptr;
        if (git_object_lookup(&raw, both_.get(), &id, GIT_OBJECT_ANY) != 0) return false;
        const ObjectHandle object{raw};
        if (git_object_type(raw) == GIT_OBJECT_COMMIT) return git_revwalk_push(walk, &id) == 0;
        if (git_packbuilder_insert_recur(builder, &id, nullptr) != 0) return false;
        git_object* peeled = nullptr;
        const bool leads_to_commit = git_object_peel(&peeled, raw, GIT_OBJECT_COMMIT) == 0;
        const ObjectHandle commit{peeled};
        return !leads_to_commit || git_revwalk_push(walk, git_object_id(peeled)) == 0;
    }

    /// Returns true if the old repository has other files, such as files of an unfinished
    /// operation. They are not copied.
    [[nodiscard]] bool has_other_files() const {
        static const std::set<std::string> known{
            "COMMIT_EDITMSG", "FETCH_HEAD", "HEAD",        "ORIG_HEAD", "branches", "config",
            "description",    "gc.log",     "gc.pid",      "hooks",     "index",    "info",
            "logs",           "objects",    "packed-refs", "refs"};
        std::error_code error;
        for (fs::directory_iterator entry{from_, error}, end; !error && entry != end;
             entry.increment(error)) {
            const auto name = entry->path().filename().string();
            if (known.count(name) == 0 && !name.starts_with("inhaul") && !name.ends_with(".lock") &&
                std::find(moved_as_they_are.begin(), moved_as_they_are.end(), name) ==
                    moved_as_they_are.end())
                return true;
        }
        return bool{error};
    }

    [[nodiscard]] bool has_ref(const std::string& name) const {
        git_reference* raw = nullptr;
        const bool exists = git_reference_lookup(&raw, here_.get(), name.c_str()) == 0;
        const ReferenceHandle handle{raw};
        return exists;
    }

    bool put(const std::string& name, const std::string& value) {
        if (has_ref(name)) return true;
        git_reference* raw = nullptr;
        if (value.starts_with("ref: "))
            return git_reference_symbolic_create(&raw, here_.get(), name.c_str(), value.c_str() + 5,
                                                 0, nullptr) == 0 &&
                   (git_reference_free(raw), true);
        const auto id = oid_from(*CommitId::parse(value));
        if (!is_here(value) ||
            git_reference_create(&raw, here_.get(), name.c_str(), &id, 0, nullptr) != 0)
            return false;
        git_reference_free(raw);
        return true;
    }

    /// Copies the lines whose commits exist, and links each to the line before it.
    bool put_log(const fs::path& log) {
        const auto text = file::read(log, largest_list);
        if (!text) return false;
        const std::string none(GIT_OID_HEXSZ, '0');
        std::string kept;
        std::string before;
        bool all = true;
        for (const auto line : lines_in(text)) {
            const auto id = new_value(line);
            if (!id || (id->hex() != none && !is_here(id->hex()))) {
                all = false;
                continue;
            }
            auto first = std::string{line.substr(0, GIT_OID_HEXSZ)};
            if (!CommitId::parse(first) || (first != none && !is_here(first)))
                first = before.empty() ? none : before;
            kept += first + std::string{line.substr(GIT_OID_HEXSZ)} + "\n";
            before = id->hex();
        }
        const auto place = to_ / log.lexically_relative(from_);
        return file::make_directories(place.parent_path(), 0755) &&
               file::write_unsynced(place, kept, 0644) && all;
    }

    const fs::path& from_;
    const fs::path& to_;
    RepositoryHandle here_;
    RepositoryHandle both_;
};

}  // namespace

bool copy_unique_data(const fs::path& from, const fs::path& to) {
    return UniqueDataCopy{from, to}.run();
}

}  // namespace inhaul::git
