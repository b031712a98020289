// SPDX-License-Identifier: Apache-2.0
#include "report_rules.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/fault.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::ledger {
namespace {

using namespace deployment;

bool is_fault_of_deployment(ReportKind kind) {
    return kind == ReportKind::failed || kind == ReportKind::rolled_back;
}
bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return is_alphanumeric(c) || c == '_' || byte >= 0x80;
}

/// A commit in full or short form, or anything else that contains a digit.
bool differs_each_time(std::string_view word) {
    return std::any_of(word.begin(), word.end(), is_digit);
}

/// Collects the reports of one write.
class Reporter {
public:
    Reporter(AppName app, Faults faults, TimePoint now)
        : app_(std::move(app)), now_(now), reporting_{{}, std::move(faults)} {}

    void about(const Record& record) { record_ = &record; }

    void add(ReportKind kind, std::string cause, std::string hint = {},
             const std::optional<CommitId>& commit = {}) {
        Report report{.id = {}, .app = app_, .kind = kind};
        if (record_ != nullptr) {
            if (has_number(*record_)) report.deployment = record_->number;
            report.commit = commit ? commit : record_->to;
            report.from = record_->from;
            report.summary = record_->summary;
        }
        report.cause = std::move(cause);
        report.hint = std::move(hint);
        report.time = now_;
        reporting_.reports.push_back(std::move(report));
    }

    /// Reports a cause. It is marked as repeated if it was reported since it last cleared.
    void add_end(ReportKind kind, std::string key, std::string cause, std::string hint = {},
                 const std::optional<CommitId>& commit = {}) {
        const auto before = reporting_.reports.size();
        add_once(kind, std::move(key), cause, hint, commit);
        if (reporting_.reports.size() > before) return;
        add(kind, std::move(cause), std::move(hint), commit);
        reporting_.reports.back().repeated = true;
    }

    /// Reports a cause that was not reported since it last cleared.
    void add_once(ReportKind kind, std::string key, std::string cause, std::string hint = {},
                  const std::optional<CommitId>& commit = {}) {
        auto& faults = reporting_.faults;
        const bool known = std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
            return fault.kind == kind && fault.key == key;
        });
        if (known) return;
        if (faults.size() >= faults_kept) faults.erase(faults.begin());
        faults.push_back({kind, std::move(key), cause});
        add(kind, std::move(cause), std::move(hint), commit);
    }

    /// Clears the faults of these kinds. Returns the newest of them.
    template <class Cleared>
    std::optional<Fault> clear(const Cleared& cleared) {
        std::optional<Fault> newest;
        for (const auto& fault : reporting_.faults)
            if (cleared(fault.kind)) newest = fault;
        std::erase_if(reporting_.faults, [&](const Fault& fault) { return cleared(fault.kind); });
        return newest;
    }

    [[nodiscard]] Reporting done() { return std::move(reporting_); }

private:
    AppName app_;
    TimePoint now_;
    const Record* record_ = nullptr;
    Reporting reporting_;
};

/// Another commit that fails is another cause, if the commit is to blame. A fault of the host or
/// the network is the same for each commit.
std::string key_of(const Error& cause, const std::optional<CommitId>& commit) {
    const bool blamed = is_commit_fault(cause) && commit;
    return (blamed ? commit->hex() + " " : std::string{}) + cause_key(cause.message);
}

std::string key_of_gate(const std::string& gate, const std::optional<CommitId>& commit) {
    return fmt::format("{} {}", commit ? commit->hex() : std::string{"-"}, gate);
}

/// Adds the reports of a final state.
struct Ending {
    Reporter& reporter;
    const Record& record;

    void operator()(const Succeeded& state) const {
        reporter.add(ReportKind::succeeded, {}, {}, state.commit);
        all_is_well();
    }
    void operator()(const Unchanged& /*state*/) const { all_is_well(); }
    void operator()(const Failed& state) const {
        reporter.add_end(ReportKind::failed, key_of(state.cause, record.to), state.cause.message,
                         state.cause.hint);
    }
    void operator()(const RolledBack& state) const {
        const auto& [bad, cause] = state.why;
        reporter.add_end(ReportKind::rolled_back, key_of(cause, bad), cause.message, cause.hint,
                         bad);
    }
    void operator()(const Refused& state) const {
        reporter.add_end(ReportKind::refused, key_of_gate(state.gate, record.to),
                         fmt::format("{}: {}", state.gate, state.reason));
    }
    void operator()(const Held& state) const {
        reporter.add_once(ReportKind::waiting, key_of_gate(state.gate, record.to),
                          fmt::format("{}: {}", state.gate, state.reason));
    }
    template <class Other>
    void operator()(const Other& /*state*/) const {}

private:
    void all_is_well() const {
        (void)reporter.clear([](ReportKind kind) {
            return kind == ReportKind::refused || kind == ReportKind::waiting;
        });
        if (const auto fault = reporter.clear(is_fault_of_deployment))
            reporter.add(ReportKind::recovered, fault->message);
    }
};

/// The first state that changes something, or builds a release.
bool begins_to_change(const Record& record) {
    if (is_final(record.state) || !leaves_record(record.state)) return false;
    const auto open = [](const Step& step) {
        const auto name = step_named(step.state);
        return name && name->stage <= Stage::checking;
    };
    const auto changing = std::count_if(record.steps.begin(), record.steps.end(),
                                        [&](const Step& step) { return !open(step); });
    return changing == 1 && !open(record.steps.back()) &&
           record.steps.back().state == name_of(record.state);
}

}  // namespace

std::string cause_key(std::string_view message) {
    constexpr std::size_t longest = 300;
    std::string key;
    while (!message.empty() && key.size() < longest) {
        if (!is_word_byte(message.front())) {
            key += message.front();
            message.remove_prefix(1);
            continue;
        }
        const auto end = std::find_if_not(message.begin(), message.end(), is_word_byte);
        const auto word = message.substr(0, static_cast<std::size_t>(end - message.begin()));
        key += differs_each_time(word) ? std::string_view{"#"} : word;
        message.remove_prefix(word.size());
    }
    return key;
}

Reporting reports_of(const Record& record, Faults faults, TimePoint now) {
    Reporter reporter{record.app, std::move(faults), now};
    reporter.about(record);
    if (!record.edits_saved.empty())
        reporter.add(ReportKind::edits_saved,
                     fmt::format("{}", fmt::join(record.edits_saved, "; ")));
    if (begins_to_change(record)) reporter.add(ReportKind::started, {});
    if (is_final(record.state)) std::visit(Ending{reporter, record}, record.state);
    return reporter.done();
}

Reporting reports_of(const AppName& app, const PollState& poll_state, Faults faults,
                     TimePoint now) {
    Reporter reporter{app, std::move(faults), now};
    if (poll_state.poll_error) return reporter.done();
    if (const auto fault =
            reporter.clear([](ReportKind kind) { return kind == ReportKind::polls_failing; }))
        reporter.add(ReportKind::recovered, fault->message);
    return reporter.done();
}

Reporting reports_of_silence(const AppName& app, const PollState& poll_state, Faults faults,
                             Milliseconds silent_for, TimePoint now) {
    Reporter reporter{app, std::move(faults), now};
    if (poll_state.poll_error)
        reporter.add_once(ReportKind::polls_failing, {},
                          fmt::format("no successful poll for {}: {}", format_age(silent_for),
                                      poll_state.poll_error->message),
                          poll_state.poll_error->hint);
    return reporter.done();
}

}  // namespace inhaul::ledger
