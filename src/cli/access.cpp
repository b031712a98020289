#include "access.hpp"

#include "on_behalf.hpp"

namespace inhaul::cli {
namespace {

bool is_over_ssh(const std::string& repository) {
    const bool url = repository.find("://") != std::string::npos;
    return repository.starts_with("ssh://") || (!url && repository.find('@') != std::string::npos);
}

}  // namespace

Result<bool> needs_key(const setup::Seat& seat, const setup::NewApp& app) {
    const bool url = app.repository.find("://") != std::string::npos;
    const bool path = app.repository.starts_with('/') || app.repository.starts_with("~/");
    if (app.token_file || path || (url && !is_over_ssh(app.repository))) return false;
    const auto answer = TRY(head_on_trial(seat, app));
    return !std::holds_alternative<NewHead>(answer.what);
}

bool reads_with_own_key(const setup::Seat& seat, setup::NewApp app, const std::string& remote) {
    const bool on_github = setup::repository_from(remote) != remote;
    if (app.token_file || !on_github || !is_over_ssh(remote)) return false;
    app.repository = remote;
    const auto answer = head_on_trial(seat, std::move(app));
    return answer && std::holds_alternative<NewHead>(answer->what);
}

}  // namespace inhaul::cli
