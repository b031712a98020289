// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>

/// The server that hosts the repository, as the source of the branch's head.
namespace inhaul::forge {

/// A request for the head of an app's branch. Valid only during Forge::poll_head(): an adapter
/// copies the data that it needs later.
struct HeadRequest {
    const Settings& settings;
    std::optional<CommitId> known;              ///< the last processed head
    std::optional<std::int64_t> repository_id;  ///< known after a rename
};

/// The port: does not block, and calls `answered` once from the event loop.
class Forge {
public:
    virtual ~Forge() = default;
    using Answered = std::function<void(HeadAnswer)>;
    virtual void poll_head(const HeadRequest& request, Answered answered) = 0;
    /// Returns the budget of this app's polls (budget.hpp). Empty: no limit.
    [[nodiscard]] virtual std::string budget(const Settings& settings) = 0;
    /// Returns the budgets of the other requests to the forge that a deployment of this app sends.
    [[nodiscard]] virtual std::vector<std::string> deployment_budgets(
        const Settings& /*settings*/) {
        return {};
    }
    /// The settings have changed: forgets the learned facts about servers, and ends open sessions.
    virtual void reset() {}
};

}  // namespace inhaul::forge
