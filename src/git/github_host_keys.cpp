#include <inhaul/git/access.hpp>

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>

namespace inhaul::git {
namespace {

/// docs.github.com, "GitHub's SSH key fingerprints". The RSA key that GitHub withdrew in March 2023
/// (SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8) is refused whatever the host is called: its
/// private half was public for a while, and it is still in many files of known_hosts.
constexpr std::string_view host_keys = R"(# GitHub, on port 22 and on port 443 of ssh.github.com
github.com,ssh.github.com,[ssh.github.com]:443 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl
github.com,ssh.github.com,[ssh.github.com]:443 ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=
github.com,ssh.github.com,[ssh.github.com]:443 ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCj7ndNxQowgcQnjshcLrqPEiiphnt+VTTvDP6mHBL9j1aNUkY4Ue1gvwnGLVlOhGeYrnZaMgRK6+PKCUXaDbC7qtbW8gIkhL7aGCsOr/C56SJMy/BCZfxd1nWzAOxSDPgVsmerOBYfNqltV9/hWCqBywINIR+5dIg6JTJ72pcEpEjcYgXkE2YEFXV1JHnsKgbLWNlhScqb2UmyRkQyytRLtL+38TGxkxCflmO+5Z8CSSNY7GidjMIZ7Q4zMjA2n1nGrlTDkzwDCsw+wqFPGQA179cnfGWOWRVruj16z6XyvxvjJwbz0wQZ75XK5tKSb7FNyeIEs4TT4jk+S4dhPeAUC5y+bDYirYgM4GC7uEnztnZyaVWQ7B381AK4Qdrwt51ZqExKbQpTUNn+EjqoTwvqNj4kqx5QUCI0ThS/YkOxJCXmPUWZbhjpCg56i+2aB6CmK2JGhn57K5mj0MNdBXA4/WnwH6XoPWJzK5Nyu2zB3nAZp+S5hpQs+p1vN1/wsjk=
@revoked * ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEAq2A7hRGmdnm9tUDbO9IDSwBK6TbQa+PXYPCPy6rbTrTtw7PHkccKrpp0yVhp5HdEIcKr6pLlVDBfOLX9QUsyCOV0wzfjIJNlGEYsdlLJizHhbn2mUjvSAHQqZETYP81eFzLQNnPHt4EVVUh7VfDESU84KezmD5QlWpXLmvU31/yMf+Se8xhHTvKSCZIFImWwoG6mbUoWf9nzpIoaSjB+weqqUUmpaaasXVal72J+UX2B+2RPW3RcT0eOzQgqlJL3RKrTJvdsjE3JEAvGq3lGHSZXy28G3skua2SmVi/w4yCE6gbODqnTWlg7+wC604ydGXA8VJiS5ap43JXiUFFAaQ==
)";

constexpr unsigned unchangeable = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

/// In memory. A file on disk could be missing or changed; and KnownHostsCommand, with which ssh
/// would ask this program, needs setresuid, which the sandbox of a service has no reason to allow.
Result<FileDescriptor> file_in_memory() {
    FileDescriptor made{::memfd_create("github-known-hosts", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!made ||
        ::write(made.get(), host_keys.data(), host_keys.size()) !=
            static_cast<::ssize_t>(host_keys.size()) ||
        ::fcntl(made.get(), F_ADD_SEALS, unchangeable) != 0)
        return fail(system_error(errno, "keep GitHub's host keys in memory"));
    return made;
}

/// A process that does nothing but hold the file: into ours, which may hold a token, ssh cannot
/// look. It ends with us.
Result<process::Child> keeper() {
    const auto file = TRY(file_in_memory());
    return process::Child::spawn({.argv = {"sleep", "infinity"},
                                  .clean_environment = true,
                                  .capture_output = true,
                                  .input_file = fmt::format("/proc/self/fd/{}", file.get())});
}

}  // namespace

Result<std::filesystem::path> github_known_hosts() {
    static const auto keeps = keeper();
    if (!keeps) return fail(keeps.error());
    // ssh closes what it inherits, but may open what another process holds.
    return fmt::format("/proc/{}/fd/0", keeps->pid());
}

}  // namespace inhaul::git
