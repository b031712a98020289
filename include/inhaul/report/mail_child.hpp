// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <inhaul/util/mail.hpp>
#include <inhaul/util/result.hpp>

/// How a child of this program gets a mail, and answers. SMTP has no non-blocking client here.
namespace inhaul::report {

[[nodiscard]] std::string format_mail(const mail::Mail& mail);
/// Fails with `protocol` for anything that format_mail() does not return.
[[nodiscard]] Result<mail::Mail> parse_mail(std::string_view text);

[[nodiscard]] std::string format_end(const mail::End& end);
[[nodiscard]] Result<mail::End> parse_end(std::string_view text);

}  // namespace inhaul::report
