// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include "safe_directory.hpp"

namespace inhaul::git {
namespace {

tl::unexpected<Error> failed_to_read(std::string_view what, std::string_view path) {
    return fail(system_error(errno, fmt::format("{} {}", what, printable(path))));
}

}  // namespace

Result<FileDescriptor> SafeDirectory::open_file(std::string_view path) {
    const auto found = TRY(status_of(path));
    if (!found || !S_ISREG(found->st_mode))
        return fail(ErrorCode::io, fmt::format("read {}: not a regular file", printable(path)));
    const auto place = TRY(find(path));
    if (!place) return failed_to_read("open", path);
    // O_NONBLOCK keeps a FIFO that was just put there from blocking.
    FileDescriptor file{::openat(place->directory, place->name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!file) return failed_to_read("open", path);
    return file;
}

Result<std::string> SafeDirectory::read_file(std::string_view path) {
    constexpr std::size_t piece = 64UL * 1024;
    const auto file = TRY(open_file(path));
    std::string content;
    for (;;) {
        const auto size = content.size();
        content.resize(size + piece);
        const auto count = ::read(file.get(), content.data() + size, piece);
        if (count < 0 && errno != EINTR) return failed_to_read("read", path);
        content.resize(size + static_cast<std::size_t>(std::max<::ssize_t>(count, 0)));
        if (count == 0) return content;
    }
}

Result<std::string> SafeDirectory::read_link(std::string_view path) {
    const auto place = TRY(find(path));
    std::string target(PATH_MAX, '\0');
    const auto size =
        place ? ::readlinkat(place->directory, place->name.c_str(), target.data(), target.size())
              : -1;
    if (size < 0) return failed_to_read("read the link", path);
    target.resize(static_cast<std::size_t>(size));
    return target;
}

}  // namespace inhaul::git
