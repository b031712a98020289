// SPDX-License-Identifier: Apache-2.0
#include "app_owners.hpp"

#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <cli/context.hpp>

namespace inhaul::cli {
namespace {

std::vector<std::string> names_of(const std::vector<AppAccount>& all) {
    std::vector<std::string> names;
    for (const auto& app_account : all)
        for (const auto& app : app_account.apps)
            names.push_back(app_account.account.name + "/" + app);
    return names;
}

Error no_such_app(const std::vector<AppAccount>& all, const std::string& name) {
    const auto names = names_of(all);
    const std::vector<std::string_view> views{names.begin(), names.end()};
    std::optional<std::string> suggestion;
    if (const auto near = nearest(name, views)) suggestion = *near;
    for (const auto& known : names)
        if (!suggestion &&
            nearest(name, std::array{std::string_view{known}.substr(known.find('/') + 1)}))
            suggestion = known;
    return {ErrorCode::usage, fmt::format("no account has an app {}", printable(name)),
            suggestion ? fmt::format("Did you mean {}?", *suggestion) : list_apps()};
}

}  // namespace

Result<std::vector<const AppAccount*>> owners_of(const std::vector<AppAccount>& all,
                                                 const std::string& name) {
    std::vector<const AppAccount*> owners;
    const auto slash = name.find('/');
    const auto account = slash == std::string::npos ? std::string{} : name.substr(0, slash);
    const auto app = slash == std::string::npos ? name : name.substr(slash + 1);
    for (const auto& app_account : all)
        if (account.empty() ? app_account.has(app) : app_account.account.name == account)
            owners.push_back(&app_account);
    if (!account.empty() && owners.empty())
        return fail(ErrorCode::usage,
                    fmt::format("the account {} has no apps on this host", printable(account)),
                    list_apps());
    return owners;
}

std::string hint_for_owners(const std::vector<const AppAccount*>& owners, const std::string& name,
                            const Request& request) {
    std::string hint{"Run one of:"};
    for (const auto* const owner : owners)
        hint += "\n  sudo inhaul " + request.line_with(name, owner->account.name + "/" + name);
    return hint;
}

Result<const AppAccount*> owner_of(const std::vector<AppAccount>& all, const std::string& name,
                                   const Request& request) {
    const auto owners = TRY(owners_of(all, name));
    if (owners.empty()) return fail(no_such_app(all, name));
    if (owners.size() == 1) return owners.front();
    return fail(ErrorCode::usage, fmt::format("{} is an app of several accounts", printable(name)),
                hint_for_owners(owners, name, request));
}

}  // namespace inhaul::cli
