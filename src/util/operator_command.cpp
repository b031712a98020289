// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/operator_command.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul {
namespace {

/// Root without sudo needs none, and the host may not have it.
bool needs_sudo() {
    const auto operator_name = file::environment("SUDO_USER");
    if (operator_name) return *operator_name != "root";
    // systemd.exec(5): a unit of the system's manager has its state directory below /var/lib.
    return file::environment("STATE_DIRECTORY").value_or("").starts_with("/var/lib/");
}

}  // namespace

std::string_view inhaul_program() {
    return needs_sudo() ? "sudo inhaul" : "inhaul";
}

std::string inhaul_command(std::string_view words) {
    return fmt::format("{} {}", inhaul_program(), words);
}

std::string init_command(const std::filesystem::path& directory,
                         const std::vector<std::string>& options) {
    std::vector<std::string> words{"sudo", "inhaul", "init", directory.string()};
    words.insert(words.end(), options.begin(), options.end());
    return shell_command(words);
}

std::string git_command(const std::filesystem::path& directory, std::string_view words) {
    std::string as_owner;
    if (needs_sudo())
        as_owner = ::geteuid() == 0
                       ? "sudo "
                       : fmt::format("sudo -u {} ", shell_word(account::current_name()));
    return fmt::format("{}git -C {} {}", as_owner, shell_word(directory.string()), words);
}

}  // namespace inhaul
