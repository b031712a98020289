#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include "../wiring.hpp"
#include "cli.hpp"
#include "console.hpp"
#include "context.hpp"
#include "progress.hpp"

namespace inhaul::cli {
namespace {

using namespace deployment;

/// What a deployment is carried out with, from the words of the command line.
struct Errand {
    Settings settings;
    deploy::Order order;
    Milliseconds wait;
};

Result<Errand> errand_from(const Context& context, const DeployOptions& options) {
    const auto trigger = trigger_from(options.trigger);
    if (!trigger)
        return fail(ErrorCode::usage,
                    fmt::format("--trigger: {} is none", printable(options.trigger)));
    const auto wait = parse_duration(options.wait);
    if (!wait)
        return fail(ErrorCode::usage,
                    fmt::format("--wait: {} is no duration", printable(options.wait)),
                    "Write it as 30s or 5m.");
    deploy::Order order{.trigger = *trigger};
    if (!options.to.empty()) order.to = options.to;
    if (!options.expect.empty()) order.expected = CommitId::parse(options.expect);
    return Errand{TRY(context.app(options.app)), std::move(order), *wait};
}

/// A deployment that could not even be begun (no token, own unit) is in the history all the same.
Result<deploy::Report> record_failure(const Errand& errand, ledger::Ledger& ledger, Error cause) {
    if (TRY(ledger.unfinished(errand.settings.app))) return fail(std::move(cause));
    auto record = TRY(ledger.begin(errand.settings.app, errand.order.trigger));
    record.state = Failed{std::move(cause)};
    TRY(ledger.save(record, std::nullopt));
    return deploy::Report{std::move(record), std::nullopt};
}

Result<deploy::Report> carry_out(const Errand& errand, const config::Places& places) {
    TRY(make_state(places));
    const auto who =
        fmt::format("inhaul deploy ({}), process {}, since {}", to_string(errand.order.trigger),
                    ::getpid(), format_utc(system_clock().now()));
    const auto lock =
        TRY(file::Lock::acquire(app_lock(places, errand.settings.app), who, errand.wait));
    process::end_children_on_termination();
    process::arm_own_deadline(
        std::chrono::ceil<std::chrono::seconds>(errand.settings.deploy_deadline));

    const auto ledger = TRY(ledger::open(places.state, system_clock()));
    auto working = wiring::working(errand.settings);
    if (!working) return record_failure(errand, *ledger, working.error());
    const deploy::Ports ports{*working->repository, *working->service, *ledger, system_clock()};
    ProgressLine progress;
    return deploy::run(errand.settings, errand.order, ports, places.state,
                       [&](const git::Progress& now) { progress.show(now); });
}

std::string sentence(const ledger::Record& record) {
    const auto& app = record.app.text();
    const auto commit = record.to ? record.to->short_form() : std::string{"-"};
    const auto subject = record.summary
                             ? fmt::format(" \"{}\"", printable(record.summary->subject, 60))
                             : std::string{};
    if (std::holds_alternative<Unchanged>(record.state))
        return fmt::format("{}: nothing to do, {}{} is live", app, commit, subject);
    const auto took = record.finished ? *record.finished - record.started : Milliseconds{0};
    return fmt::format("{}: {} -> {}{} is live, after {:.1f} s", app,
                       record.from ? record.from->short_form() : std::string{"nothing"}, commit,
                       subject, std::chrono::duration<double>(took).count());
}

/// The journal looks up in /proc which unit a line is from, and remembers that for a process. A
/// worker that says nothing until it ends is gone by then, and `journalctl -u` misses the line.
void announce(const Errand& errand) {
    if (errand.order.trigger == Trigger::hand) return;
    const auto& head = errand.order.expected;
    log::info("deploying", {{"app", errand.settings.app.text()},
                            {"head", head ? head->short_form() : std::string{}}});
}

/// A person reads a sentence, the journal an event.
ExitCode tell(const ledger::Record& record, Trigger trigger) {
    const auto* failed = std::get_if<Failed>(&record.state);
    const auto intent = fmt::format("deploy {}{}", record.app.text(),
                                    record.to ? " to " + record.to->short_form() : std::string{});
    if (trigger == Trigger::hand) {
        if (failed != nullptr) {
            print_error(failed->cause.within(intent));
        } else {
            print(sentence(record) + "\n");
        }
    } else if (failed != nullptr) {
        log::problem(log::Level::error, intent, failed->cause, {{"app", record.app.text()}});
    } else if (std::holds_alternative<Succeeded>(record.state)) {
        log::info("deployed", {{"app", record.app.text()},
                               {"from", record.from ? record.from->short_form() : "nothing"},
                               {"to", record.to ? record.to->short_form() : "-"},
                               {"number", std::to_string(record.number)}});
    }
    return failed != nullptr ? exit_code_for(failed->cause) : ExitCode::done;
}

}  // namespace

ExitCode deploy(const GlobalOptions& global, const DeployOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto errand = errand_from(*found, options);
    if (!errand) return report(errand.error());
    announce(*errand);
    const auto done = carry_out(*errand, found->places);
    if (!done) return report(done.error().within("deploy " + errand->settings.app.text()));
    if (done->resumed) (void)tell(*done->resumed, errand->order.trigger);
    return tell(done->record, errand->order.trigger);
}

}  // namespace inhaul::cli
