// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <inhaul/notifications.hpp>
#include <inhaul/publish/otlp.hpp>
#include <inhaul/report/message.hpp>
#include <inhaul/report/transport.hpp>
#include <inhaul/util/secret.hpp>

/// The requests to each type of target, and the meaning of its answers. Pure.
namespace inhaul::report {

/// The contents of the files that a target names.
struct Secrets {
    std::optional<Secret> url;
    std::optional<Secret> key;    ///< of secret_file
    std::optional<Secret> token;  ///< of token_file or password_file
};

using Dispatch = std::variant<http::Request, Program, mail::Message>;

/// Returns the request, the program or the mail to send. Fails with `configuration` for a URL or a
/// secret of the wrong form; no message contains it.
[[nodiscard]] Result<Dispatch> dispatch_for(const NotifyTarget& target, const Message& message,
                                            const Secrets& secrets, TimePoint now);

/// A ping after an answer from the forge. `bad`: the causes that have not cleared; empty if all is
/// well.
[[nodiscard]] Result<http::Request> ping_for(const NotifyTarget& target, const Secrets& secrets,
                                             const std::string& bad);

/// A request to a collector of OpenTelemetry. `signal`: traces or metrics.
[[nodiscard]] Result<http::Request> otlp_request(const NotifyTarget& target, const Secrets& secrets,
                                                 std::string_view signal, std::string body);

[[nodiscard]] publish::Trace trace_of(const Message& message);

/// The result of an attempt.
struct DeliveryResult {
    enum class Outcome {
        sent,
        more,   ///< the report needs another request
        later,  ///< the same attempt may succeed later
        never,  ///< the target does not accept this message
        gone,   ///< the target accepts no message at this URL any more
    };
    Outcome what = Outcome::later;
    std::string message;               ///< the answer as text: `200 OK`
    std::optional<Milliseconds> wait;  ///< the time that the target demands
    bool limited = false;              ///< GitHub refuses all requests of the token for a time
};
[[nodiscard]] DeliveryResult delivery_result(NotifyTarget::Type type,
                                             const Result<http::Response>& answer, TimePoint now);
/// Restrictions that may cause a program's failure.
struct Confinement {
    std::string unit;     ///< the unit in whose sandbox it runs; "" for none
    bool set_id = false;  ///< its file is setuid or setgid
};
/// Names the cause, with a hint, if the sandbox may be the cause of a failure.
[[nodiscard]] DeliveryResult delivery_result(NotifyTarget::Type type,
                                             const Result<ProgramResult>& end,
                                             const Confinement& confinement);
/// The program that sends mail without a server.
[[nodiscard]] std::vector<std::string> mail_command(const NotifyTarget& target);
/// The setting in place of a mail program that is setuid or setgid.
constexpr std::string_view mail_hint{
    R"(set url = "smtp://127.0.0.1:25", or another mail server, and from)"};
[[nodiscard]] DeliveryResult delivery_result(const Result<mail::Reply>& end);

/// Returns the event as JSON: the body of a webhook, the input of a command.
[[nodiscard]] std::string json_of(const Message& message);
/// Returns the value of `webhook-signature`. Fails for a secret that is not `whsec_` and base64.
[[nodiscard]] Result<std::string> signature_of(const Secret& secret, const std::string& id,
                                               std::int64_t timestamp, const std::string& body);
/// Returns the message with its headers, with CRLF.
[[nodiscard]] std::string mail_text(const NotifyTarget& target, const Message& message,
                                    TimePoint now);

}  // namespace inhaul::report
