// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/secret.hpp>

/// Reports deployments to GitHub: the requests and the meaning of their answers.
/// https://docs.github.com/rest/deployments/deployments, …/rest/deployments/statuses and
/// …/rest/commits/statuses.
namespace inhaul::forge {

/// Descriptions of deployments and statuses are cut at this length, in bytes. GitHub allows as many
/// characters.
inline constexpr std::size_t longest_description = 140;

/// The contexts of our own commit statuses begin with this: they are no checks.
inline constexpr std::string_view own_contexts{"inhaul/"};

/// Creates a deployment. GitHub has no idempotency key: `key` in the payload finds it again.
struct CreateDeployment {
    CommitId commit;
    std::string environment;
    std::string description;
    std::string key;  ///< unique among all deployments of all ledgers
    std::string host, account, app;
    std::int64_t number = 0;  ///< in our ledger
};
/// Requests the deployment that an earlier CreateDeployment may have created.
struct FindDeployment {
    CreateDeployment created;
};
struct AddDeploymentStatus {
    std::int64_t deployment = 0;  ///< GitHub's number
    std::string state;            ///< in_progress, success, failure, error, inactive
    std::string description;
    std::string environment_url = {};
};
/// Checks whether an earlier AddDeploymentStatus was carried out.
struct FindDeploymentStatus {
    AddDeploymentStatus added;
};
struct AddCommitStatus {
    CommitId commit;
    std::string state;  ///< pending, success, failure, error
    std::string context;
    std::string description;
    std::string target_url = {};
};
/// Checks whether an earlier AddCommitStatus was carried out.
struct FindCommitStatus {
    AddCommitStatus added;
};
using ReportCall = std::variant<CreateDeployment, FindDeployment, AddDeploymentStatus,
                                FindDeploymentStatus, AddCommitStatus, FindCommitStatus>;

/// Where, and by whom.
struct ReportAccess {
    GitHubRepository repository;
    std::optional<std::int64_t> repository_id = {};  ///< known after a rename
    Secret token;
    std::optional<std::filesystem::path> ca_file = {};
    Milliseconds deadline{15'000};
};
[[nodiscard]] http::Request report_request(const ReportCall& call, const ReportAccess& access);

struct ReportAnswer {
    enum class Outcome {
        done,
        later,  ///< the same request may succeed later
        never,
        moved,  ///< the same request must use `id` as the repository's number
    };
    Outcome what = Outcome::later;
    /// Done: GitHub's number of the created or found deployment. A status that was found has 1.
    /// Zero: nothing was found.
    std::int64_t id = 0;
    bool unknown = false;           ///< later: it may have been carried out
    bool limited = false;           ///< later: GitHub refuses all requests of the token
    Milliseconds wait{0};           ///< limited: the time that GitHub demands
    bool lacks_permission = false;  ///< never: the token may not report
    std::string message = {};       ///< for people
    int status = 0;                 ///< of HTTP; 0 without an answer
};
/// `url`, `token`: of the request. `message` does not contain the token.
[[nodiscard]] ReportAnswer read_report_answer(const ReportCall& call, const std::string& url,
                                              const Secret& token,
                                              const Result<http::Response>& answer, TimePoint now);

/// The message if the settings name no file with a token.
inline constexpr auto no_report_token = "neither report.token_file nor auth.token_file is set";

/// Returns a request that needs the permission of the reports, and creates nothing. It names a
/// commit that does not exist.
[[nodiscard]] ReportCall permission_test(GitHubReport::As as);
/// Sends permission_test(), and follows a rename. Blocks.
[[nodiscard]] ReportAnswer test_permission(http::Client& client, GitHubReport::As as,
                                           ReportAccess access, TimePoint now);
/// Returns true if the answer to permission_test() shows that the token has the permission.
[[nodiscard]] bool is_permitted(const ReportAnswer& answer);
/// Returns `Deployments: write` or `Commit statuses: write`.
[[nodiscard]] std::string_view report_permission(GitHubReport::As as);

}  // namespace inhaul::forge
