#include "token_files.hpp"

#include <cerrno>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::forge {
namespace {

/// Tokens that carry a signed statement have some hundred characters; this is plenty.
constexpr std::size_t longest_token = 16 * 1024;

bool same(const timespec& one, const timespec& other) {
    return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

}  // namespace

bool TokenFiles::Stamp::operator==(const Stamp& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           same(modified, other.modified) && same(changed, other.changed);
}

Result<TokenFiles::Stamp> TokenFiles::stamp_of(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0)
        return fail(system_error(errno, fmt::format("open {}", file.string())));
    return Stamp{info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

Result<Secret> TokenFiles::read(const std::filesystem::path& file) {
    const Secret content{TRY(file::read_private(file, longest_token))};
    Secret token{std::string{trimmed(content.reveal())}};
    if (!token.empty()) return token;
    return fail(ErrorCode::configuration, fmt::format("read {}: the file is empty", file.string()),
                "Write the token into it, and nothing else.");
}

Result<std::optional<Secret>> TokenFiles::token(const std::optional<std::filesystem::path>& file) {
    if (!file) return std::optional<Secret>{};
    // The stamp is taken first: a file that changes in between is read again next time.
    const auto stamp = TRY(stamp_of(*file));
    if (const auto known = known_.find(*file);
        known != known_.end() && known->second.stamp == stamp)
        return std::optional{known->second.token};
    known_.erase(*file);
    auto token = TRY(read(*file));
    known_.insert_or_assign(*file, Known{stamp, token});
    return std::optional{std::move(token)};
}

}  // namespace inhaul::forge
