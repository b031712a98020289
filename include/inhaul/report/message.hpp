// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/reports.hpp>
#include <inhaul/notifications.hpp>

/// Composes reports for operators and programs, and sends them.
namespace inhaul::report {

/// Where the agent runs.
struct Origin {
    std::string host;
    std::string account;
};

/// A report in words. Every text is valid UTF-8 without control characters, but `output` has
/// several lines. Text of commits and programs is not escaped: each format escapes it.
struct Message {
    std::string id;     ///< the same in each attempt, and different for each target
    std::string type;   ///< `deployment.failed`
    std::string title;  ///< `web1: myapp: deployment 17 failed`
    bool bad = false;   ///< something is wrong
    bool good = false;  ///< something went well again
    TimePoint time = {};
    Origin origin;
    std::string app;
    std::optional<ledger::DeploymentNumber> deployment = {};
    std::string commit = {}, from = {};  ///< full commit IDs
    std::string subject = {}, author = {};
    std::string cause = {};
    std::string hint = {};
    std::string output = {};               ///< the last lines of the program that failed
    std::string output_name = {};          ///< `hook activate: bin/migrate`
    std::string command = {};              ///< for the operator to run
    std::vector<ledger::Step> steps = {};  ///< of the deployment; the last one is its end
};

/// Composes a report for a target. `record`: its deployment, if the ledger still has it.
[[nodiscard]] Message compose(const ledger::Report& report,
                              const std::optional<ledger::Record>& record, const Origin& origin,
                              const std::string& target);
/// Returns the message of `inhaul notify --test`.
[[nodiscard]] Message test_message(const Origin& origin, const std::string& target,
                                   const std::string& id, TimePoint now);

/// Returns the message as lines of plain text, without the title, in at most `limit` bytes.
[[nodiscard]] std::string plain_text(const Message& message, std::size_t limit);

/// Returns at most `limit` bytes of valid UTF-8 in whole characters, with an ellipsis if cut.
[[nodiscard]] std::string cut(std::string_view text, std::size_t limit);

}  // namespace inhaul::report
