// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/temporary_directory.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace inhaul {

namespace fs = std::filesystem;

Result<fs::path> system_temporary_directory() {
    std::error_code error;
    auto path = fs::temp_directory_path(error);
    if (!error) return path;
    auto fault = system_error(error.value(), "find the directory for temporary files, TMPDIR");
    fault.hint = "Create the directory that TMPDIR names, or unset TMPDIR.";
    return fail(std::move(fault));
}

Result<TemporaryDirectory> TemporaryDirectory::in(const fs::path& parent, std::string_view prefix,
                                                  Remove remove) {
    auto name = (parent / prefix).string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        return fail(system_error(errno, "make the directory " + name));
    return TemporaryDirectory{name, std::move(remove)};
}

Result<TemporaryDirectory> TemporaryDirectory::at(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) != 0)
        return fail(system_error(errno, "make the directory " + path.string()));
    return TemporaryDirectory{path, {}};
}

TemporaryDirectory::TemporaryDirectory(fs::path path, Remove remove)
    : path_(std::move(path)), remove_(std::move(remove)) {}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      remove_(std::move(other.remove_)),
      kept_(other.kept_) {}

TemporaryDirectory::~TemporaryDirectory() {
    if (path_.empty() || kept_) return;
    std::error_code ignored;
    if (remove_)
        remove_(path_);
    else
        fs::remove_all(path_, ignored);
}

}  // namespace inhaul
