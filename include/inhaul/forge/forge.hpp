#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <inhaul/head_answer.hpp>
#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>

/// Where the truth about a branch's head comes from.
namespace inhaul::forge {

/// A question for the head of an app's branch.
struct HeadQuestion {
    const Settings& settings;
    std::optional<CommitId> known;              ///< what was last decided on
    std::optional<std::int64_t> repository_id;  ///< learnt from a rename
};

/// The port: asks without blocking, answers once from within the event loop.
class Forge {
public:
    virtual ~Forge() = default;
    using Answered = std::function<void(HeadAnswer)>;
    virtual void ask(const HeadQuestion& question, Answered answered) = 0;
    /// What requests for this app are counted against: the server and the token's fingerprint, or
    /// `anonymous`; empty where nothing is counted. The same text for apps that share a limit.
    [[nodiscard]] virtual std::string budget(const Settings& settings) = 0;
};

}  // namespace inhaul::forge
