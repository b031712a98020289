#include "on_behalf.hpp"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/forge/git_remote.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

/// Two of git's own time-outs, and what ssh needs besides.
constexpr Milliseconds head_deadline{90'000};

/// A directory of the account's that is gone with its owner. Root does nothing in there itself.
class Trial {
public:
    static Result<Trial> of(const account::Account& account) {
        const auto acting = TRY(account::ActingAs::account(account));
        auto pattern = (fs::temp_directory_path() / "inhaul-init-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return fail(system_error(errno, "make a directory " + pattern));
        return Trial{account, pattern};
    }
    Trial(Trial&& other) noexcept
        : account_(std::move(other.account_)), path_(std::exchange(other.path_, {})) {}
    Trial& operator=(Trial&&) = delete;
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;
    ~Trial() {
        std::error_code ignored;
        if (path_.empty()) return;
        if (const auto acting = account::ActingAs::account(account_))
            fs::remove_all(path_, ignored);
    }
    [[nodiscard]] Result<void> write(const std::string& name, std::string_view content) const {
        const auto acting = TRY(account::ActingAs::account(account_));
        return file::write_unsynced(path_ / name, content, 0600);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    Trial(account::Account account, fs::path path)
        : account_(std::move(account)), path_(std::move(path)) {}
    account::Account account_;
    fs::path path_;
};

}  // namespace

Result<process::Command> own_command(const setup::Seat& seat, std::vector<std::string> words) {
    std::vector<std::string> argv;
    if (::geteuid() == 0 && seat.account.uid != 0)
        argv = {"setpriv",
                fmt::format("--reuid={}", seat.account.uid),
                fmt::format("--regid={}", seat.account.gid),
                "--init-groups",
                "--reset-env",
                "--"};
    const auto& places = seat.places;
    argv.insert(argv.end(), {TRY(process::own_executable()).string(), "--config",
                             places.settings.string(), "--state", places.state.string()});
    argv.insert(argv.end(), words.begin(), words.end());
    return process::Command{.argv = std::move(argv)};
}

Result<HeadAnswer> head_on_behalf(const setup::Seat& seat, const std::string& app) {
    auto command = TRY(own_command(seat, {"head", app}));
    command.capture_stdout = true;
    const auto done = TRY(process::run(command, head_deadline));
    return forge::parse_answer(done.output);
}

Result<HeadAnswer> head_on_trial(const setup::Seat& seat, setup::NewApp app) {
    const auto trial = TRY(Trial::of(seat.account));
    auto there = seat;
    there.places = {trial.path(), trial.path() / "state"};
    app.directory = trial.path() / "app";
    app.unit = std::nullopt;
    app.relay_url = std::nullopt;
    app.secret_file = std::nullopt;
    TRY(trial.write(app.name + ".toml", setup::settings_text(app)));
    return head_on_behalf(there, app.name);
}

}  // namespace inhaul::cli
