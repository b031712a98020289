// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/secret_files.hpp>

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul {
namespace {

/// Enough also for tokens with a signed payload, which have some hundred characters.
constexpr std::size_t longest_secret = 16 * 1024;

}  // namespace

Result<SecretFiles::Stamp> SecretFiles::stamp_of(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0)
        return fail(system_error(errno, fmt::format("open {}", file.string())));
    return Stamp{info.st_dev,
                 info.st_ino,
                 info.st_size,
                 {info.st_mtim.tv_sec, info.st_mtim.tv_nsec},
                 {info.st_ctim.tv_sec, info.st_ctim.tv_nsec}};
}

Result<Secret> SecretFiles::read(const std::filesystem::path& file) {
    const auto content = TRY(file::read_private(file, longest_secret));
    Secret secret{std::string{trimmed(content.reveal())}};
    if (!secret.empty()) return secret;
    return fail(ErrorCode::configuration, fmt::format("read {}: the file is empty", file.string()),
                "Write only the token or secret into the file.");
}

Result<Secret> SecretFiles::secret(const std::filesystem::path& file) {
    // Stamp before the read: a file that changes in between is read again by the next call.
    const auto stamp = TRY(stamp_of(file));
    if (const auto known = known_.find(file); known != known_.end() && known->second.stamp == stamp)
        return known->second.secret;
    known_.erase(file);
    auto secret = TRY(read(file));
    known_.insert_or_assign(file, Known{stamp, secret});
    return secret;
}

Result<std::optional<Secret>> SecretFiles::secret(
    const std::optional<std::filesystem::path>& file) {
    if (!file) return std::optional<Secret>{};
    return std::optional{TRY(secret(*file))};
}

}  // namespace inhaul
