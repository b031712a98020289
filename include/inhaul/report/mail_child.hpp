// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <inhaul/util/mail.hpp>
#include <inhaul/util/result.hpp>

/// How a child of this program gets a mail, and answers. SMTP has no non-blocking client here.
namespace inhaul::report {

[[nodiscard]] std::string format_message(const mail::Message& mail);
/// Fails with `protocol` for anything that format_message() does not return.
[[nodiscard]] Result<mail::Message> parse_message(std::string_view text);

[[nodiscard]] std::string format_reply(const mail::Reply& end);
/// Fails with `protocol` for anything that format_reply() does not return.
[[nodiscard]] Result<mail::Reply> parse_reply(std::string_view text);

}  // namespace inhaul::report
