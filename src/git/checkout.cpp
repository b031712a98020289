#include <inhaul/git/checkout.hpp>

#include "library.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// As it is written; nothing rewrites it, since no other configuration is read.
Result<std::string> origin_of(git_repository* repository) {
    git_remote* raw = nullptr;
    const int code = git_remote_lookup(&raw, repository, "origin");
    const RemoteHandle remote{raw};
    if (code == GIT_ENOTFOUND) return std::string{};
    TRY(checked(code, "read the remote origin"));
    const char* const url = git_remote_url(raw);
    return std::string{url == nullptr ? "" : url};
}

/// Also of a branch without a commit.
Result<std::optional<std::string>> branch_of(git_repository* repository) {
    constexpr std::string_view heads{"refs/heads/"};
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository, "HEAD");
    const ReferenceHandle head{raw};
    TRY(checked(code, "read HEAD"));
    const char* const target = git_reference_symbolic_target(raw);
    const std::string_view name{target == nullptr ? "" : target};
    if (!name.starts_with(heads)) return std::nullopt;
    return std::string{name.substr(heads.size())};
}

}  // namespace

Result<std::optional<Checkout>> checkout_at(const fs::path& directory) {
    TRY(initialise());
    git_repository* raw = nullptr;
    const int code = git_repository_open_ext(&raw, directory.c_str(), 0, nullptr);
    const RepositoryHandle repository{raw};
    if (code == GIT_ENOTFOUND) return std::nullopt;
    TRY(checked(code, "open the checkout at " + directory.string()));
    const char* const files = git_repository_workdir(raw);
    if (files == nullptr) return std::nullopt;
    auto top = fs::path{files}.lexically_normal();
    if (!top.has_filename()) top = top.parent_path();
    return Checkout{std::move(top), TRY(origin_of(raw)), TRY(branch_of(raw))};
}

}  // namespace inhaul::git
