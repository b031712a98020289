#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/service/units.hpp>
#include <inhaul/util/account.hpp>

namespace inhaul::cli {

/// The units that a new app restarts, as they are looked for and chosen: those of the system's
/// manager, or of the account's own.
class UnitChoice {
public:
    using Scope = SystemdUnit::Scope;
    /// `personal`: only this account's own are looked for.
    explicit UnitChoice(bool personal)
        : personal_(personal), scope_(personal ? Scope::user : Scope::system) {}

    /// A person has named these. Each that is found is called by its Id, which polkit's rule needs.
    void name(const std::vector<std::string>& names);
    /// Looks for those that work in the directory.
    void find_in(const std::filesystem::path& directory);
    /// Where the system's manager has none of them, the account's own may have them.
    [[nodiscard]] Result<void> ask_account(const account::Account& account,
                                           const std::filesystem::path& directory);
    /// Looks for one of the app's name, that works elsewhere or says no directory; not somebody
    /// else's.
    void find_named(const std::string& app);
    /// Those that were named are all there, and of one manager. Without a systemd, as in an image
    /// that is being made, they are believed.
    [[nodiscard]] Result<void> check() const;

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] Scope scope() const { return scope_; }
    [[nodiscard]] const std::vector<service::Unit>& found() const { return found_; }
    [[nodiscard]] bool has_found(const std::string& name) const;
    /// The names of what was found.
    [[nodiscard]] std::string list(std::string_view between) const;

private:
    [[nodiscard]] Result<std::optional<service::Unit>> look_up(Scope scope,
                                                               const std::string& name) const;
    void look_up_all(Scope scope);

    bool personal_;
    Scope scope_;
    std::vector<std::string> names_;
    std::vector<service::Unit> found_;
    std::optional<account::Account> account_;
};

}  // namespace inhaul::cli
