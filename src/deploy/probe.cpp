// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/probe.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/fault.hpp>
#include <inhaul/util/blame.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include "hook_environment.hpp"

namespace inhaul::deploy {
namespace {

constexpr std::size_t largest_body = 1024 * 1024;
constexpr std::size_t bytes_shown = 200;
constexpr Milliseconds longest_attempt{10'000};

std::string filled_in(std::string text, const CommitId& commit) {
    const std::pair<std::string_view, std::string> places[] = {{"{commit}", commit.hex()},
                                                               {"{short}", commit.short_form()}};
    for (const auto& [place, value] : places)
        for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos;
             at += value.size())
            text.replace(at, place.size(), value);
    return text;
}

/// The fault of an answer, or the reason for a missing answer. Empty for a healthy answer.
using ProbeFault = std::optional<Error>;

ProbeFault wrong(std::string what) {
    return Error{ErrorCode::failed, std::move(what)};
}

/// A missing answer is the app's fault. A request that this host could not send is not.
Error of_request(Error error) {
    const bool sent = error.code == ErrorCode::network || error.code == ErrorCode::timeout ||
                      error.code == ErrorCode::protocol || error.code == ErrorCode::authentication;
    const bool looked_up = error.reason != ErrorReason::unknown_host;
    error.code = ErrorCode::failed;
    error.transient = !sent || !looked_up;
    return error;
}

class ConfiguredProbe final : public Probe {
public:
    explicit ConfiguredProbe(const Settings& settings)
        : probe_(*settings.probe), directory_(settings.directory), ca_file_(settings.ca_file) {}

    [[nodiscard]] bool exists() const override { return true; }

    [[nodiscard]] Result<void> wait_until_healthy(const CommitId& commit) override {
        const auto until = system_clock().steady() + probe_.deadline;
        unsigned good = 0;  // healthy answers in a row
        bool was_healthy = false;
        unsigned attempts = 0;
        ProbeFault app_fault;  // the last fault of the app itself
        for (;;) {
            const auto left = until - system_clock().steady();
            const auto fault = attempt(commit, std::clamp(left, shortest_attempt, longest_attempt));
            ++attempts;
            good = fault ? 0 : good + 1;
            if (good >= probe_.successes) return {};
            was_healthy = was_healthy || !fault;
            if (!fault || is_commit_fault(*fault)) app_fault = fault;
            if (system_clock().steady() + probe_.interval < until) {
                sleep_for(probe_.interval);
                continue;
            }
            auto cause = app_fault ? *app_fault : fault ? *fault : too_few(good);
            return fail(summed_up(std::move(cause), attempts, was_healthy));
        }
    }

private:
    [[nodiscard]] Error too_few(unsigned good) const {
        return {ErrorCode::failed,
                fmt::format("{} of {} healthy answers in a row", good, probe_.successes)};
    }

    [[nodiscard]] Error summed_up(Error cause, unsigned attempts, bool was_healthy) const {
        return std::move(cause).within(
            fmt::format("probe {}: {} within {:g} s ({} attempt{})", subject(),
                        was_healthy ? "not healthy" : "no healthy answer",
                        std::chrono::duration<double>{probe_.deadline}.count(), attempts,
                        attempts == 1 ? "" : "s"));
    }

    static constexpr Milliseconds shortest_attempt{500};

    [[nodiscard]] std::string subject() const {
        return probe_.url ? *probe_.url : fmt::format("`{}`", shell_command(probe_.command));
    }

    [[nodiscard]] ProbeFault attempt(const CommitId& commit, Milliseconds limit) {
        return probe_.url ? request_url(commit, limit) : run_command(commit, limit);
    }

    [[nodiscard]] ProbeFault request_url(const CommitId& commit, Milliseconds limit) {
        http::Request request{.url = filled_in(*probe_.url, commit),
                              .ca_file = ca_file_,
                              .direct = true,
                              .limits = {.connect = limit, .total = limit, .body = largest_body}};
        const auto response = http::fetch(client_, std::move(request));
        if (!response) return of_request(response.error());
        if (response->status != probe_.status)
            return wrong(fmt::format("status {} instead of {}", response->status, probe_.status));
        if (probe_.body) {
            const auto wanted = filled_in(*probe_.body, commit);
            if (response->body.find(wanted) == std::string::npos)
                return wrong(fmt::format("the answer does not contain {}: {}",
                                         printable(wanted, bytes_shown),
                                         printable(response->body, bytes_shown)));
        }
        return probe_.header ? check_header(*response, filled_in(*probe_.header, commit))
                             : ProbeFault{};
    }

    [[nodiscard]] static ProbeFault check_header(const http::Response& response,
                                                 const std::string& wanted) {
        const auto colon = wanted.find(':');
        const auto name = lower_case(trimmed(std::string_view{wanted}.substr(0, colon)));
        const auto value = trimmed(std::string_view{wanted}.substr(colon + 1));
        const auto found = response.header(name);
        if (found && trimmed(*found) == value) return std::nullopt;
        return wrong(fmt::format("the header {} is {} instead of {}", name,
                                 found ? printable(*found, bytes_shown) : "missing",
                                 printable(value, bytes_shown)));
    }

    [[nodiscard]] ProbeFault run_command(const CommitId& commit, Milliseconds limit) const {
        process::Command command{.directory = directory_, .capture_output = true};
        for (const auto& word : probe_.command)
            command.argv.push_back(filled_in(word, commit));
        command.environment = hook_environment();
        command.environment.emplace_back("INHAUL_COMMIT", commit.hex());
        command.clean_environment = true;
        command.unbounded = true;
        std::string output;
        const process::Blame blame{command.argv, directory_};
        const auto status = process::run(command, limit, &output);
        if (!status) return blame.of_start(status.error());
        if (status->success()) return std::nullopt;
        const auto text = printable(trimmed(output), bytes_shown);
        return blame.of_end(*status, process::describe(*status) + (text.empty() ? "" : ": " + text),
                            output);
    }

    ProbeSettings probe_;
    std::filesystem::path directory_;
    std::optional<std::filesystem::path> ca_file_;
    http::Client client_;
};

class NoProbe final : public Probe {
public:
    [[nodiscard]] bool exists() const override { return false; }
    [[nodiscard]] Result<void> wait_until_healthy(const CommitId& /*commit*/) override {
        return {};
    }
};

}  // namespace

std::unique_ptr<Probe> probe_for(const Settings& settings) {
    if (settings.probe) return std::make_unique<ConfiguredProbe>(settings);
    return std::make_unique<NoProbe>();
}

}  // namespace inhaul::deploy
