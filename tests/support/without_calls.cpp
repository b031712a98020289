// SPDX-License-Identifier: Apache-2.0
// without_calls CALL[,CALL...] COMMAND [ARGUMENT...]: runs a command for which these system calls
// fail with ENOSYS. openat2 fails like this under systemd's RestrictSUIDSGID=, in some container
// runtimes and before Linux 5.6; close_range with a filter that does not know it, and before
// Linux 5.9.
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct Call {
    std::string_view name;
    unsigned number;
};
constexpr std::array calls{Call{"openat2", SYS_openat2}, Call{"close_range", SYS_close_range}};

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    std::vector<sock_filter> rules{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    std::vector<unsigned> denied;
    std::string_view rest{argv[1]};
    while (!rest.empty()) {
        const auto name = rest.substr(0, rest.find(','));
        rest.remove_prefix(name.size() == rest.size() ? name.size() : name.size() + 1);
        for (const auto& call : calls) {
            if (call.name != name) continue;
            denied.push_back(call.number);
            rules.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 1));
            rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
        }
    }
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter = {static_cast<unsigned short>(rules.size()), rules.data()};
    if (denied.empty()) return 2;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        std::perror("without_calls: seccomp");
        return 125;
    }
    for (const unsigned number : denied)
        if (syscall(number, -1, -1, -1, 0) != -1 || errno != ENOSYS) {
            std::fputs("without_calls: a call still answers\n", stderr);
            return 125;
        }
    execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    return 127;
}
