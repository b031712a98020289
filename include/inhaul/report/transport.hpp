// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/event_loop.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/mail.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::report {

/// A program that gets a message on standard input.
struct Program {
    std::vector<std::string> argv;
    std::string input;
    std::vector<std::pair<std::string, std::string>> environment = {};
    Milliseconds deadline;
};
struct ProgramResult {
    int status = 0;      ///< the exit status; -1 for a signal or the deadline
    std::string what;    ///< `exit status 75`
    std::string output;  ///< its last lines
};

/// Sends without blocking. Each callback is called once, later, unless this is destroyed first.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void request(http::Request request,
                         std::function<void(Result<http::Response>)> done) = 0;
    virtual void run(Program program, std::function<void(Result<ProgramResult>)> done) = 0;
    virtual void mail(mail::Message mail, std::function<void(Result<mail::Reply>)> done) = 0;
};

/// Sends with the event loop. `mail_command`: the command of this program that reads
/// format_message() on standard input, sends the mail and prints its end.
[[nodiscard]] std::unique_ptr<Transport> loop_transport(EventLoop& loop, http::Client& client,
                                                        std::vector<std::string> mail_command);

}  // namespace inhaul::report
