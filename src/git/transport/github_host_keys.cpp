// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/access.hpp>

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/temporary_directory.hpp>

#include "github_host_keys.hpp"

namespace inhaul::git {
namespace {

/// Source: docs.github.com, "GitHub's SSH key fingerprints". GitHub withdrew an RSA key in March
/// 2023 (SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8), since its private half was public for
/// a while. It is refused for every host: many known_hosts files still contain it.
constexpr std::string_view host_keys = R"(# GitHub, on port 22 and on port 443 of ssh.github.com
github.com,ssh.github.com,[ssh.github.com]:443 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
github.com,ssh.github.com,[ssh.github.com]:443 ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=
github.com,ssh.github.com,[ssh.github.com]:443 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCj7ndNxQowgcQnjshcLrqPEiiphnt+VTTvDP6mHBL9j1aNUkY4Ue1gvwnGLVlOhGeYrnZaMgRK6+PKCUXaDbC7qtbW8gIkhL7aGCsOr/C56SJMy/BCZfxd1nWzAOxSDPgVsmerOBYfNqltV9/hWCqBywINIR+5dIg6JTJ72pcEpEjcYgXkE2YEFXV1JHnsKgbLWNlhScqb2UmyRkQyytRLtL+38TGxkxCflmO+5Z8CSSNY7GidjMIZ7Q4zMjA2n1nGrlTDkzwDCsw+wqFPGQA179cnfGWOWRVruj16z6XyvxvjJwbz0wQZ75XK5tKSb7FNyeIEs4TT4jk+S4dhPeAUC5y+bDYirYgM4GC7uEnztnZyaVWQ7B381AK4Qdrwt51ZqExKbQpTUNn+EjqoTwvqNj4kqx5QUCI0ThS/YkOxJCXmPUWZbhjpCg56i+2aB6CmK2JGhn57K5mj0MNdBXA4/WnwH6XoPWJzK5Nyu2zB3nAZp+S5hpQs+p1vN1/wsjk=
@revoked * ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEAq2A7hRGmdnm9tUDbO9IDSwBK6TbQa+PXYPCPy6rbTrTtw7PHkccKrpp0yVhp5HdEIcKr6pLlVDBfOLX9QUsyCOV0wzfjIJNlGEYsdlLJizHhbn2mUjvSAHQqZETYP81eFzLQNnPHt4EVVUh7VfDESU84KezmD5QlWpXLmvU31/yMf+Se8xhHTvKSCZIFImWwoG6mbUoWf9nzpIoaSjB+weqqUUmpaaasXVal72J+UX2B+2RPW3RcT0eOzQgqlJL3RKrTJvdsjE3JEAvGq3lGHSZXy28G3skua2SmVi/w4yCE6gbODqnTWlg7+wC604ydGXA8VJiS5ap43JXiUFFAaQ==
)";

}  // namespace

Result<KnownHostsFile> KnownHostsFile::make() {
    auto path = (TRY(system_temporary_directory()) / "inhaul-github-XXXXXX").string();
    const FileDescriptor file{::mkostemp(path.data(), O_CLOEXEC)};
    if (!file) return fail(system_error(errno, "store GitHub's host keys in " + path));
    KnownHostsFile made{path};
    if (::write(file.get(), host_keys.data(), host_keys.size()) !=
        static_cast<::ssize_t>(host_keys.size()))
        return fail(system_error(errno, "write GitHub's host keys to " + path));
    if (::fchmod(file.get(), 0400) != 0)
        return fail(system_error(errno, "store GitHub's host keys in " + path));
    return made;
}

KnownHostsFile& KnownHostsFile::operator=(KnownHostsFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

KnownHostsFile::~KnownHostsFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

Result<std::filesystem::path> github_known_hosts() {
    static const auto file = KnownHostsFile::make();
    if (!file) return fail(file.error());
    return file->path();
}

}  // namespace inhaul::git
