// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace inhaul::mail {

/// The replies of a mail server in one conversation.
struct SmtpReplies {
    bool logged_in = false;
    std::string refusal;  ///< the last line with a code from 400 on, for one line of a message

    /// Adds one line, with or without its end.
    void add(std::string_view line);
};

}  // namespace inhaul::mail
