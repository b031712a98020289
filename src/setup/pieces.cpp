#include <inhaul/setup/installation.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/config/config.hpp>
#include <inhaul/service/polkit.hpp>

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;
using Kind = Piece::Kind;

constexpr unsigned open_directory = 0755;
constexpr unsigned private_directory = 0700;
constexpr unsigned open_file = 0644;
constexpr unsigned private_file = 0600;
/// The URL of a relay's channel is for the account to know, and for nobody else.
constexpr unsigned group_file = 0640;

bool made_here(const std::optional<fs::path>& path, const Seat& seat) {
    return path && path->parent_path() == seat.places.settings;
}

void add_secrets(const Settings& settings, const Seat& seat,
                 const std::optional<file::Owner>& account, std::vector<Piece>& pieces) {
    if (made_here(settings.ssh_key, seat))
        pieces.push_back({Kind::key, "deploy key", *settings.ssh_key, settings.app.text(),
                          private_file, account});
    if (!settings.relay || settings.relay->secret_files.empty()) return;
    const auto& secret = settings.relay->secret_files.front();
    if (made_here(secret, seat))
        pieces.push_back({Kind::secret, "webhook secret", secret, {}, private_file, account});
}

fs::path drop_ins_of(std::string_view unit, const Seat& seat) {
    return seat.etc / fmt::format("systemd/system/{}@{}.service.d", unit, seat.account.name);
}

/// What a timer starts may do what the agent may: for this app, and for those that were set up
/// before there was a timer.
void add_for_timer(const Piece& writable, const Seat& seat, std::vector<Piece>& pieces) {
    const auto drop_ins = drop_ins_of("inhaul-once", seat);
    pieces.push_back(
        {Kind::directory, "drop-ins of the timer's service", drop_ins, {}, open_directory});
    std::vector<Piece> copies{writable};
    std::error_code error;
    for (fs::directory_iterator entry{writable.path.parent_path(), error}, end;
         !error && entry != end; entry.increment(error)) {
        const auto& path = entry->path();
        if (path.extension() != ".conf" || path == writable.path) continue;
        if (auto text = file::read(path, config::largest_file))
            copies.push_back({Kind::text, "the agent's drop-in", path, *text, open_file});
    }
    for (auto& copy : copies) {
        copy.path = drop_ins / copy.path.filename();
        pieces.push_back(std::move(copy));
    }
}

/// What only root can give: permission to restart the units, and to write to the directory.
void add_leave(const Settings& settings, const Seat& seat, std::vector<Piece>& pieces) {
    const auto& app = settings.app.text();
    const auto& account = seat.account.name;
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    if (units != nullptr && units->scope == SystemdUnit::Scope::system) {
        pieces.push_back(
            {Kind::text, fmt::format("permission to restart {}", fmt::join(units->names, ", ")),
             // No app's name has an @.
             seat.etc / fmt::format("polkit-1/rules.d/50-inhaul-{}@{}.rules", app, account),
             service::polkit_rule(account, units->names), open_file});
        pieces.back().older = service::older_polkit_rule(account, units->names);
    }
    const auto drop_ins = drop_ins_of("inhaul", seat);
    pieces.push_back({Kind::directory, "drop-ins of the agent", drop_ins, {}, open_directory});
    const Piece writable{Kind::text, "leave to write to the directory", drop_ins / (app + ".conf"),
                         writable_drop_in(settings.directory), open_file};
    pieces.push_back(writable);
    if (seat.timer) add_for_timer(writable, seat, pieces);
}

/// A path between the quotes of a unit file: systemd.syntax(7), and % begins a specifier.
std::string quotable(const fs::path& path) {
    std::string word;
    for (const char c : path.string()) {
        if (c == '"' || c == '\\') word += '\\';
        word += c;
        if (c == '%') word += c;
    }
    return word;
}

}  // namespace

std::string writable_drop_in(const fs::path& directory) {
    // With -, it may be missing: other apps of the account are deployed even so.
    return fmt::format("[Service]\nReadWritePaths=\"-{}\"\n", quotable(directory));
}

std::vector<Piece> pieces_of(const Settings& settings, std::string_view text, const Seat& seat) {
    std::optional<file::Owner> account;
    std::optional<file::Owner> shared;
    if (!seat.personal) {
        account = {seat.account.uid, seat.account.gid};
        shared = {0, seat.account.gid};
    }
    std::vector<Piece> pieces{
        {Kind::directory,
         "settings",
         seat.places.settings,
         {},
         seat.personal ? private_directory : open_directory},
        {Kind::directory, "state", seat.places.state, {}, private_directory, account},
        {Kind::directory, "the app's directory", settings.directory, {}, open_directory, account}};
    add_secrets(settings, seat, account, pieces);
    if (!seat.personal) add_leave(settings, seat, pieces);
    pieces.push_back({Kind::text, "settings of " + settings.app.text(), settings.file,
                      std::string{text}, seat.personal ? private_file : group_file, shared});
    return pieces;
}

Result<Present> look_for(const Piece& piece) {
    std::error_code error;
    const auto status = fs::status(piece.path, error);
    if (status.type() == fs::file_type::not_found) return Present::no;
    if (error) return fail(system_error(error.value(), "look at " + piece.path.string()));
    if (piece.kind == Kind::directory)
        return fs::is_directory(status) ? Present::as_wanted : Present::otherwise;
    if (piece.kind != Kind::text) return Present::as_wanted;
    const auto content = TRY(file::read(piece.path, config::largest_file));
    return content == piece.content ? Present::as_wanted : Present::otherwise;
}

}  // namespace inhaul::setup
