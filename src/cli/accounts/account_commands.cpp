// SPDX-License-Identifier: Apache-2.0
#include "account_commands.hpp"

#include <algorithm>
#include <array>

namespace inhaul::cli {
namespace {

using Object = AccountCommand::Object;
using Output = AccountCommand::Output;

constexpr std::array account_commands{
    AccountCommand{"deploy"},
    AccountCommand{"pause"},
    AccountCommand{"resume"},
    AccountCommand{"pin"},
    AccountCommand{"unpin"},
    AccountCommand{"retry"},
    AccountCommand{"rollback"},
    AccountCommand{"why", Object::app, read_only_deadline},
    AccountCommand{"show", Object::deployment, read_only_deadline},
    AccountCommand{"once", Object::apps, deploying_deadline, Output::unchanged},
    AccountCommand{"check", Object::apps, read_only_deadline, Output::unchanged},
    AccountCommand{"doctor", Object::apps, examining_deadline, Output::with_account},
    AccountCommand{"notify", Object::apps, examining_deadline, Output::with_account},
    AccountCommand{"status", Object::apps, read_only_deadline, Output::combined},
    AccountCommand{"history", Object::apps, read_only_deadline, Output::combined, true},
    AccountCommand{"metrics", Object::apps, read_only_deadline, Output::metrics},
    AccountCommand{"page", Object::apps, read_only_deadline, Output::one_account},
};

}  // namespace

const AccountCommand* account_command(std::string_view name) {
    const auto* const found =
        std::find_if(account_commands.begin(), account_commands.end(),
                     [&](const AccountCommand& each) { return each.name == name; });
    return found == account_commands.end() ? nullptr : found;
}

}  // namespace inhaul::cli
