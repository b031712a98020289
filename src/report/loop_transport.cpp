// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/report/mail_child.hpp>
#include <inhaul/report/transport.hpp>

namespace inhaul::report {
namespace {

/// The time between the mail's own deadline and the end of its child.
constexpr Milliseconds spare{1'000};

class LoopTransport final : public Transport {
public:
    LoopTransport(EventLoop& loop, http::Client& client, std::vector<std::string> mail_command)
        : loop_(loop), client_(client), mail_command_(std::move(mail_command)) {}

    void request(http::Request request, std::function<void(Result<http::Response>)> done) override {
        client_.start(std::move(request), std::move(done));
    }

    void run(Program program, std::function<void(Result<ProgramResult>)> done) override {
        start({.argv = std::move(program.argv),
               .environment = std::move(program.environment),
               .unbounded = true,
               .capture_output = true,
               .input = std::move(program.input)},
              program.deadline,
              [deadline = program.deadline, done](Result<EventLoop::ChildEnd> end) {
                  if (!end) return done(fail(std::move(end.error())));
                  done(ended(*end, deadline));
              });
    }

    void mail(mail::Message mail, std::function<void(Result<mail::Reply>)> done) override {
        start({.argv = mail_command_, .capture_stdout = true, .input = format_message(mail)},
              mail.deadline + spare, [done](Result<EventLoop::ChildEnd> end) {
                  if (!end) return done(fail(std::move(end.error())));
                  done(parse_reply(end->output));
              });
    }

private:
    void start(const process::Command& command, Milliseconds deadline,
               std::function<void(Result<EventLoop::ChildEnd>)> done) {
        auto child = process::Child::spawn(command);
        if (!child) {
            loop_.defer([done = std::move(done), error = child.error()] { done(fail(error)); });
            return;
        }
        loop_.watch(std::move(*child), {.deadline = deadline},
                    [done = std::move(done)](EventLoop::ChildEnd end) { done(std::move(end)); });
    }

    static ProgramResult ended(const EventLoop::ChildEnd& end, Milliseconds deadline) {
        if (end.deadline_passed)
            return {-1, fmt::format("not finished within {}", format_duration(deadline)),
                    end.output};
        return {end.status.signal == 0 ? end.status.code : -1, describe(end.status), end.output};
    }

    EventLoop& loop_;
    http::Client& client_;
    std::vector<std::string> mail_command_;
};

}  // namespace

std::unique_ptr<Transport> loop_transport(EventLoop& loop, http::Client& client,
                                          std::vector<std::string> mail_command) {
    return std::make_unique<LoopTransport>(loop, client, std::move(mail_command));
}

}  // namespace inhaul::report
