// SPDX-License-Identifier: Apache-2.0
#include "hook_tables.hpp"

#include <fmt/format.h>

#include <inhaul/util/environment.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <config/keys.hpp>
#include <config/values.hpp>

namespace inhaul::config {
namespace {

using std::chrono::hours;

Commands read_commands(Document& document, std::string_view key) {
    auto commands = document.commands(key).value_or(Commands{});
    for (const auto& argv : commands)
        check_argv(document, key, argv, true);
    return commands;
}

void read_environment(Document& document, HookSettings& hooks) {
    hooks.environment_file = path_at(document, "hooks.environment_file");
    auto pairs = document.pairs("hooks.environment");
    if (!pairs) return;
    for (const auto& [name, value] : *pairs)
        if (const auto problem = environment::problem_of(name, value); !problem.empty())
            document.problem("hooks.environment", fmt::format("{} {}", in_quotes(name), problem),
                             fmt::format("Example: {}", example_line("hooks.environment")));
    hooks.environment = std::move(*pairs);
}

void read_url(Document& document, ProbeSettings& probe) {
    probe.url = document.text("probe.url");
    if (!probe.url) return;
    const auto url = Url::parse(*probe.url);
    if (!url || !url->is_web())
        document.problem("probe.url", fmt::format("{} is not a URL", in_quotes(*probe.url)),
                         "Write a URL of the app: \"http://127.0.0.1:8000/health\".");
}

void read_expected(Document& document, ProbeSettings& probe) {
    if (const auto status = document.number("probe.status")) {
        if (*status < 100 || *status > 599)
            document.problem("probe.status", fmt::format("{} is not an HTTP status", *status),
                             "Write a number from 100 to 599, such as 200.");
        probe.status = static_cast<int>(*status);
    }
    probe.body = document.text("probe.body");
    if (probe.body && probe.body->empty())
        document.problem("probe.body", "is empty, so every answer contains it", "Remove it.");
    probe.header = document.text("probe.header");
    if (!probe.header) return;
    const auto colon = probe.header->find(':');
    if (colon == std::string::npos || colon == 0 || has_control_character(*probe.header))
        document.problem("probe.header",
                         fmt::format("{} is not a header line", in_quotes(*probe.header)),
                         "Write a name, a colon and a value: \"X-Commit: {commit}\".");
}

void refuse_unused_probe_keys(Document& document) {
    const bool url = document.has("probe.url");
    const bool command = document.has("probe.command");
    if (url && command)
        document.problem("probe.command", "cannot be combined with probe.url",
                         "Remove one of the two.");
    for (const auto* const key : {"probe.status", "probe.body", "probe.header"})
        if (!url && document.has(key))
            document.problem(key, "has no effect without probe.url", "Set probe.url.");
    for (const auto* const key : {"probe.interval", "probe.deadline", "probe.successes"})
        if (!url && !command && document.has(key))
            document.problem(key, "has no effect without probe.url or probe.command",
                             "Set probe.url or probe.command.");
}

}  // namespace

HookSettings read_hooks(Document& document) {
    HookSettings hooks;
    hooks.build = read_commands(document, "hooks.build");
    hooks.activate = read_commands(document, "hooks.activate");
    hooks.after = read_commands(document, "hooks.after");
    hooks.deadline =
        duration_at(document, "hooks.deadline", {Seconds{1}, hours{24}}, hooks.deadline);
    read_environment(document, hooks);
    if (!hooks.build.empty() || !hooks.activate.empty() || !hooks.after.empty()) return hooks;
    for (const auto* const key : {"hooks.deadline", "hooks.environment", "hooks.environment_file"})
        if (document.has(key))
            document.problem(key, "has no effect without a hook",
                             "Add one of hooks.build, hooks.activate, hooks.after.");
    return hooks;
}

std::optional<ProbeSettings> read_probe(Document& document) {
    ProbeSettings probe;
    read_url(document, probe);
    read_expected(document, probe);
    if (auto command = document.words("probe.command")) {
        check_argv(document, "probe.command", *command, true);
        probe.command = std::move(*command);
    }
    probe.interval =
        duration_at(document, "probe.interval", {Milliseconds{10}, hours{1}}, probe.interval);
    probe.deadline =
        duration_at(document, "probe.deadline", {Milliseconds{100}, hours{1}}, probe.deadline);
    if (const auto wanted = document.number("probe.successes")) {
        if (*wanted < 1 || *wanted > 1000)
            document.problem("probe.successes", fmt::format("{} is out of range", *wanted),
                             "Write a number from 1 to 1000.");
        else
            probe.successes = static_cast<unsigned>(*wanted);
    }
    refuse_unused_probe_keys(document);
    if (!probe.url && probe.command.empty()) return std::nullopt;
    return probe;
}

}  // namespace inhaul::config
