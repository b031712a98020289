// SPDX-License-Identifier: Apache-2.0
// Makes one call of inhaul::service and prints its result as a JSON object, for systemd_test.py.
// Also a stand-in for `inhaul run` for a service manager.
//
//   service_driver restart|resume|invocation|settle|stopped|examine system|user UNIT[,UNIT...]
//                  [--deadline MS] [--settle MS] [--invocation ID] [--leave UNIT[,UNIT...]]
//                  [--trigger DIRECTORY] [--settings system|personal]
//   service_driver log
//   service_driver run

#include <csignal>
#include <ctime>

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <inhaul/service/notify.hpp>
#include <inhaul/service/service.hpp>
#include <inhaul/util/log.hpp>

#include "support/samples.hpp"

using namespace inhaul;

namespace {

int print(const Result<std::string>& result) {
    nlohmann::json answer{{"ok", result.has_value()}};
    if (result) {
        answer["value"] = *result;
    } else {
        answer["code"] = to_string(result.error().code);
        answer["message"] = result.error().message;
        answer["hint"] = result.error().hint;
        answer["transient"] = result.error().transient;
    }
    std::cout << answer.dump() << "\n";
    return 0;
}

std::string text_of(const std::vector<service::StoppedUnit>& stopped) {
    std::string text;
    for (const auto& [unit, why, start_command] : stopped)
        text += unit + ": " + std::string{to_string(why)} + ": " + start_command + "\n";
    return text;
}

std::string text_of(const std::vector<service::UnitCheck>& units) {
    auto list = nlohmann::json::array();
    for (const auto& unit : units)
        list.push_back({{"unit", unit.unit},
                        {"fault", unit.fault ? unit.fault->message : ""},
                        {"limit", unit.limit ? unit.limit->message : ""},
                        {"runs", unit.runs},
                        {"user", unit.user},
                        {"directory", unit.directory.string()},
                        {"bound", unit.bound ? unit.bound->count() : -1}});
    return list.dump();
}

Result<std::string> call(const std::string& verb, const Settings& settings,
                         const std::string& invocation, const std::vector<std::string>& left) {
    using Extent = service::Service::Extent;
    const auto service = TRY(service::service_for(settings));
    service->exclude(left);
    if (verb == "invocation") return service->invocation();
    if (verb == "restart") return service->restart(invocation, Extent::all, {});
    if (verb == "resume") return service->restart(invocation, Extent::rest, {});
    if (verb == "stopped") return text_of(TRY(service->stopped_units()));
    if (verb == "examine") return text_of(TRY(service->examine()));
    if (verb == "settle") TRY(service->settle(invocation));
    return std::string{};
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream{text};
    for (std::string part; std::getline(stream, part, ',');)
        parts.push_back(part);
    return parts;
}

int call(const std::vector<std::string>& words) {
    std::map<std::string, std::string> options{{"--deadline", "30000"}, {"--settle", "300"},
                                               {"--invocation", ""},    {"--leave", ""},
                                               {"--trigger", ""},       {"--settings", "system"}};
    for (std::size_t i = 3; i + 1 < words.size(); i += 2)
        options.at(words[i]) = words[i + 1];
    const auto scope =
        words.at(1) == "user" ? SystemdUnit::Scope::user : SystemdUnit::Scope::system;
    auto settings = test::settings("app");
    settings.of_system = options["--settings"] == "system";
    SystemdUnits units{split(words.at(2)), scope};
    if (!options["--trigger"].empty()) units.trigger = options["--trigger"];
    settings.service = std::move(units);
    settings.restart_deadline = Milliseconds{std::stol(options["--deadline"])};
    settings.settle = Milliseconds{std::stol(options["--settle"])};
    return print(call(words.at(0), settings, options["--invocation"], split(options["--leave"])));
}

int log_one_line() {
    if (auto sink = service::journal_sink()) log::set_sink(std::move(sink));
    log::warning("the branch has moved", {{"app", "shop"}, {"subject", "two\nlines"}});
    return 0;
}

/// SIGUSR1 makes it hang, for tests of the watchdog.
int run() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGHUP, SIGTERM, SIGUSR1})
        ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);

    const auto notifier = service::notifier();
    notifier->ready();
    const auto interval = notifier->watchdog_interval().value_or(Seconds{10});
    const timespec wait{interval.count() / 1000, (interval.count() % 1000) * 1'000'000};
    for (int reloads = 0, fed = 0;;) {
        notifier->status("reloads " + std::to_string(reloads) + ", fed " + std::to_string(fed));
        const int number = ::sigtimedwait(&signals, nullptr, &wait);
        if (number == SIGTERM) break;
        if (number == SIGUSR1) ::pause();
        if (number == SIGHUP) {
            notifier->reloading();
            ++reloads;
            notifier->ready();
        }
        notifier->watchdog();
        ++fed;
    }
    notifier->stopping();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words{argv + 1, argv + argc};
    if (words == std::vector<std::string>{"log"}) return log_one_line();
    if (words == std::vector<std::string>{"run"}) return run();
    return call(words);
}
