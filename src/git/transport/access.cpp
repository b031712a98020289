// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/access.hpp>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "remote.hpp"
#include "smart_http.hpp"

namespace inhaul::git {
namespace {

constexpr std::size_t largest_token = 64 * 1024;

}  // namespace

Result<Access> access_for(const Settings& settings) {
    Access access{.url = settings.git_url,
                  .ssh_key = settings.ssh_key,
                  .passphrase_file = settings.passphrase_file,
                  .ssh_config = settings.ssh_config,
                  .known_hosts = settings.known_hosts,
                  .ca_file = settings.ca_file};
    // If both exist, git uses the key, and the API uses the token.
    if (access.ssh_key && access.url.starts_with("ssh://")) {
        TRY_WITHIN("deploy key", file::check_private(*access.ssh_key));
        if (access.passphrase_file)
            TRY_WITHIN("passphrase", file::check_private(*access.passphrase_file));
    } else if (settings.token_file) {
        const auto content =
            TRY_WITHIN("token", file::read_private(*settings.token_file, largest_token));
        access.token_file = settings.token_file;
        access.token = Secret{std::string{trimmed(content.reveal())}};
        if (access.token->empty())
            return fail(ErrorCode::configuration,
                        fmt::format("token: {} is empty", settings.token_file->string()));
    }
    return access;
}

Result<CommitId> remote_head(const Access& access, const BranchName& branch) {
    if (access.url.starts_with("http")) return SmartHttp{access}.head_of(branch);
    TRY(initialise());
    FetchContext context{.access = access, .branch = branch};
    auto remote = TRY(remote_for(access, nullptr));
    auto connection = TRY(Connection::open(std::move(remote), context));
    return connection.head();
}

}  // namespace inhaul::git
