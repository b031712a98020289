// SPDX-License-Identifier: Apache-2.0
#include "publisher.hpp"

#include <fmt/format.h>

#include <inhaul/publish/metrics.hpp>
#include <inhaul/publish/otlp.hpp>
#include <inhaul/publish/page.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/sandbox.hpp>

#include <cli/output/json.hpp>
#include <cli/output/overview.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

constexpr unsigned for_everyone = 0644;
/// How long a command waits for the answer from the collector before it ends.
constexpr Milliseconds longest_wait{2'000};

/// The temporary name does not end in .prom: node_exporter would read it.
Result<void> publish_file(const std::filesystem::path& path, const std::string& content) {
    return file::write_unsynced(path, content, for_everyone);
}

std::filesystem::path beside(const std::filesystem::path& page, std::string_view ending) {
    return page.parent_path() / fmt::format("{}{}", page.stem().string(), ending);
}

}  // namespace

bool publishes(const AccountSettings& account) {
    return account.metrics_file || account.page_file || account.otlp;
}

void Publisher::use(const AccountSettings& account, const std::vector<Settings>& apps) {
    account_ = account;
    apps_ = has_work() ? apps : std::vector<Settings>{};
    state_.clear();
    content_.clear();
    due_ = {};
}

void Publisher::tick(const std::string& state) {
    if (!has_work()) return;
    const auto now = system_clock().steady();
    if (state == state_ && now < due_) return;
    state_ = state;
    due_ = now + publish::metrics_interval;
    write();
}

void Publisher::write() {
    if (has_work()) log_result(write_all());
}

Result<void> Publisher::write_all() {
    const auto facts = TRY(all_facts(apps_, account_, places_));
    const auto overview = TRY(overview_of(facts, account_, places_));
    send(overview);
    // One file that cannot be written does not prevent the other.
    const auto page = account_.page_file ? write_page(facts, overview) : Result<void>{};
    if (account_.metrics_file)
        TRY_WITHIN("write the metrics",
                   publish_file(*account_.metrics_file, publish::metrics(overview)));
    return page;
}

Result<void> Publisher::write_page(const std::vector<AppFacts>& facts,
                                   const publish::Overview& overview) {
    auto content = publish::content_of(overview);
    const auto now = system_clock().steady();
    if (content == content_ && now < page_due_) return {};
    TRY_WITHIN("write the page", publish_file(*account_.page_file, publish::page(overview)));
    TRY_WITHIN("write the page",
               publish_file(beside(*account_.page_file, ".json"), status_json(facts)));
    for (const auto& app : overview.apps)
        TRY_WITHIN("write the page",
                   publish_file(beside(*account_.page_file, "-" + app.name + ".svg"),
                                publish::badge(app)));
    content_ = std::move(content);
    page_due_ = now + publish::page_interval;
    return {};
}

/// Sends at most once a minute, however often something changes. Logs changes only.
void Publisher::send(const publish::Overview& overview) {
    const auto now = system_clock().steady();
    if (!account_.otlp || sending_ || now < send_due_) return;
    send_due_ = now + publish::metrics_interval;
    sending_ = true;
    report::send_metrics(
        transport_, *account_.otlp, publish::otlp_metrics(overview), system_clock(),
        [this, living = std::weak_ptr{alive_}](const report::TestResult& result) {
            if (living.expired()) return;
            sending_ = false;
            const auto before =
                std::exchange(refusal_, result.sent ? std::string{} : result.message);
            if (refusal_.empty() == before.empty()) return;
            if (refusal_.empty()) return log::info("the collector accepts metrics again");
            log::warning("cannot send the metrics to the collector: " + refusal_,
                         {{"target", "otlp"}});
        });
}

void publish_once(const Context& context) {
    const auto& account = context.loaded.account;
    if (!account || !publishes(*account)) return;
    const auto sending = wiring::make_sender(context.places);
    if (!sending) return log::problem(log::Level::warning, "publish", sending.error());
    Publisher publisher{context.places, *(*sending)->transport};
    publisher.use(*account, context.loaded.apps);
    publisher.write();
    const auto end = system_clock().steady() + longest_wait;
    while (!publisher.idle() && system_clock().steady() < end)
        (*sending)->loop.run_once(end);
}

void Publisher::log_result(const Result<void>& written) {
    if (written) {
        if (!failure_.empty()) log::info("publishing works again");
        failure_.clear();
        return;
    }
    const auto& error = written.error();
    if (error.message == failure_) return;
    failure_ = error.message;
    auto problem = error;
    if (problem.hint.empty()) problem.hint = sandbox::hint(error.message, sandbox::unit());
    if (problem.hint.empty())
        problem.hint =
            "The directory must exist and belong to the account.\nRun: " + inhaul_command("doctor");
    log::problem(log::Level::warning, "publish", problem);
}

}  // namespace inhaul::cli
