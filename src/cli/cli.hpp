// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/model.hpp>

/// The command line: one file per command, and a plain struct for its options.
namespace inhaul::cli {

struct GlobalOptions {
    std::optional<std::filesystem::path> config;
    std::optional<std::filesystem::path> state;
    bool verbose = false;
    std::vector<std::string> command = {};  ///< the command and its arguments, for hints
};

struct OnceOptions {
    std::vector<std::string> apps;
    std::string by;  ///< who_runs_once() of the calling process; empty: found out here
};
struct DeployOptions {
    std::string app;
    std::string to;
    std::string wait = "0s";
    std::string trigger{to_string(Trigger::manual)};
    std::string expect;
    std::string origin;
    bool force = false;
    bool again = false;
    bool dry_run = false;
    bool resume = false;  ///< only finish an interrupted deployment
};
/// The operator actions: pause, resume, pin, unpin, rollback, retry.
struct OperatorOptions {
    std::string app;
    std::string commit;
    std::string time;  ///< duration of a pause
    std::string why;
    std::string wait = "0s";
};
struct StatusOptions {
    std::vector<std::string> apps;
    bool json = false;
    bool watch = false;
    bool exit_zero = false;
};
struct LogsOptions {
    std::string app;
    std::string since;
    bool follow = false;
    std::size_t lines = 100;
};
struct DoctorOptions {
    std::string app;
    bool json = false;
};
struct InitOptions {
    std::string directory;
    std::string repository;
    std::string branch;
    std::string name;
    std::string account;
    std::vector<std::string> units;
    bool no_service = false;
    bool trigger_unit = false;
    std::string key;
    bool no_key = false;
    std::string token_file;
    std::string setup_token;
    std::string relay;
    bool no_relay = false;
    std::string known_hosts;
    std::string ca_file;
    std::string api_url;
    bool user = false;
    bool timer = false;
    bool dry_run = false;
    bool yes = false;
    bool force = false;
    bool no_start = false;
};
struct RemoveOptions {
    std::string app;  ///< or ACCOUNT/APP
    std::string setup_token;
    bool user = false;
    bool dry_run = false;
    bool yes = false;
};
struct HistoryOptions {
    std::string app;
    bool json = false;
    std::size_t limit = 20;
};
struct ShowOptions {
    std::string number;  ///< or ACCOUNT/NUMBER
    bool json = false;
};
struct CheckOptions {
    std::vector<std::string> apps;
};
struct NotifyOptions {
    bool test = false;
    std::string target;   ///< empty: all
    bool if_any = false;  ///< internal, for root: an account without a target is no error
};
struct DemoOptions {
    bool keep = false;
};

/// Reads the command line and runs the command.
[[nodiscard]] ExitCode main(int argc, char** argv);

[[nodiscard]] ExitCode run(const GlobalOptions& global);
[[nodiscard]] ExitCode once(const GlobalOptions& global, const OnceOptions& options);
/// Returns the value of the internal option --by: the trigger of this process, or "hand" for an
/// operator.
[[nodiscard]] std::string_view who_runs_once();
[[nodiscard]] ExitCode deploy(const GlobalOptions& global, const DeployOptions& options);
[[nodiscard]] ExitCode metrics(const GlobalOptions& global);
[[nodiscard]] ExitCode page(const GlobalOptions& global);
[[nodiscard]] ExitCode status(const GlobalOptions& global, const StatusOptions& options);
[[nodiscard]] ExitCode why(const GlobalOptions& global, const std::string& app);
[[nodiscard]] ExitCode doctor(const GlobalOptions& global, const DoctorOptions& options);
[[nodiscard]] ExitCode logs(const GlobalOptions& global, const LogsOptions& options);
[[nodiscard]] ExitCode history(const GlobalOptions& global, const HistoryOptions& options);
[[nodiscard]] ExitCode check(const GlobalOptions& global, const CheckOptions& options);
[[nodiscard]] ExitCode show(const GlobalOptions& global, const ShowOptions& options);
[[nodiscard]] ExitCode pause(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode resume(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode pin(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode unpin(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode rollback(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode retry(const GlobalOptions& global, const OperatorOptions& options);
[[nodiscard]] ExitCode head(const GlobalOptions& global, const std::string& app);
[[nodiscard]] ExitCode notify(const GlobalOptions& global, const NotifyOptions& options);
[[nodiscard]] ExitCode mail();
[[nodiscard]] ExitCode init(const GlobalOptions& global, const InitOptions& options);
[[nodiscard]] ExitCode remove(const GlobalOptions& global, const RemoveOptions& options);
[[nodiscard]] ExitCode checkout(const std::string& directory);
[[nodiscard]] ExitCode demo(const DemoOptions& options);

}  // namespace inhaul::cli
