// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/operator_command.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>

#include "support/catch.hpp"
#include "support/environment_variable.hpp"

using inhaul::git_command;
using inhaul::inhaul_command;
using inhaul::test::Variable;

TEST_CASE("a command for the own account has no sudo") {
    const Variable sudo{"SUDO_USER", nullptr};
    const Variable state{"STATE_DIRECTORY", "/home/ada/.local/state/inhaul"};  // of a user unit
    CHECK(inhaul_command("retry myapp") == "inhaul retry myapp");
    CHECK(git_command("/home/ada/my app", "gc") == "git -C '/home/ada/my app' gc");
}

TEST_CASE("a command for an operator who uses sudo has sudo, and git runs as the owner") {
    const Variable sudo{"SUDO_USER", "ada"};
    const auto owner = ::geteuid() == 0
                           ? std::string{"sudo"}
                           : fmt::format("sudo -u {}", inhaul::account::current_name());
    CHECK(inhaul_command("retry myapp") == "sudo inhaul retry myapp");
    CHECK(git_command("/srv/myapp", "gc") == owner + " git -C /srv/myapp gc");
}

TEST_CASE("a command in the log of a system unit has sudo") {
    const Variable sudo{"SUDO_USER", nullptr};
    const Variable state{"STATE_DIRECTORY", "/var/lib/inhaul/scripts"};
    CHECK(inhaul_command("show 7") == "sudo inhaul show 7");
}

TEST_CASE("a command for a root shell without sudo has none") {
    const Variable sudo{"SUDO_USER", "root"};
    CHECK(inhaul_command("show 7") == "inhaul show 7");
}
