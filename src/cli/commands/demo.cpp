// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <inhaul/config/config.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/temporary_directory.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds patience{30'000};
constexpr Milliseconds look_again{5};

constexpr auto app_code = R"(import http.server, sys

VERSION = "{}"


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello from version {{VERSION}}".encode())

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
)";

/// Replaces `systemctl restart`: the demo starts the app again whenever it ends.
constexpr auto restart_script = R"sh(#!/bin/sh
[ ! -e '{0}' ] || kill "$(cat '{0}')"
)sh";

constexpr auto settings_text = R"(repository = "{0}/remote.git"
branch     = "main"
directory  = "{0}/app"
stamp      = "updated.txt"
[poll]
interval = "1s"
[service]
restart = ["/bin/sh", "{0}/restart.sh"]
)";

/// Returns a port that is free now.
Result<int> free_port() {
    const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof address;
    auto* const generic =
        reinterpret_cast<::sockaddr*>(&address);  // as the socket interface requires
    if (::bind(socket.get(), generic, size) != 0 ||
        ::getsockname(socket.get(), generic, &size) != 0)
        return fail(system_error(errno, "find a free port"));
    return ntohs(address.sin_port);
}

/// The demo: a remote, an app, the real agent, two pushes.
class Demo {
public:
    Demo(fs::path root, int port, fs::path executable)
        : root_(std::move(root)),
          url_(fmt::format("http://127.0.0.1:{}/", port)),
          port_(port),
          executable_(std::move(executable)) {}

    Result<void> show();

private:
    Result<void> prepare();
    Result<void> git(const fs::path& directory, std::vector<std::string> words);
    Result<void> push(const std::string& version, const std::string& subject);
    Result<void> wait_until_live(const std::string& version);
    Result<void> keep_app_running();
    std::string answer();
    Result<void> print_history();

    fs::path root_;
    std::string url_;
    int port_;
    fs::path executable_;
    http::Client client_;
    std::optional<process::Child> watcher_;
    std::optional<process::Child> app_;
    bool colour_ = colourful(1);
};

Result<void> Demo::git(const fs::path& directory, std::vector<std::string> words) {
    process::Command command{.argv = {"git", "-c", "user.name=Demo", "-c",
                                      "user.email=demo@localhost", "-c", "init.defaultBranch=main"},
                             .directory = directory,
                             .capture_output = true};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    const auto done = TRY_WITHIN("git is needed for the demo", process::run(command, patience));
    if (done.status.success()) return {};
    return fail(ErrorCode::failed, fmt::format("git {}: {}", words.front(), done.output));
}

Result<void> Demo::prepare() {
    const auto file = [&](const char* name, const std::string& text) {
        return file::write_atomically(root_ / name, text, 0600);
    };
    TRY(file::make_directories(root_ / "settings", 0700));
    TRY(file("settings/demo.toml", fmt::format(settings_text, root_.string())));
    TRY(file("restart.sh", fmt::format(restart_script, (root_ / "app.pid").string())));
    TRY(git(root_, {"init", "-q", "--bare", "remote.git"}));
    TRY(git(root_, {"init", "-q", "laptop"}));
    TRY(git(root_ / "laptop", {"remote", "add", "origin", (root_ / "remote.git").string()}));

    // The agent starts before the first push, as on a new server. Its log is for --keep.
    watcher_ = TRY(process::Child::spawn(
        {.argv = {"/bin/sh", "-c", R"(exec "$0" "$@" 2>"$LOG")", executable_.string(), "--config",
                  (root_ / "settings").string(), "--state", (root_ / "state").string(), "run"},
         .environment = {{"LOG", (root_ / "agent.log").string()}}}));
    return {};
}

Result<void> Demo::push(const std::string& version, const std::string& subject) {
    const auto laptop = root_ / "laptop";
    TRY(file::write_atomically(laptop / "app.py", fmt::format(app_code, version), 0644));
    TRY(git(laptop, {"add", "app.py"}));
    TRY(git(laptop, {"commit", "-q", "-m", subject}));
    return git(laptop, {"push", "-q", "origin", "HEAD:main"});
}

/// Restarts the service, as Restart=always does for a real app.
Result<void> Demo::keep_app_running() {
    if (app_ && !app_->poll()) return {};
    std::error_code ignored;
    if (!fs::exists(root_ / "app" / "app.py", ignored)) return {};
    app_ = TRY_WITHIN("python3 is needed for the demo's app",
                      process::Child::spawn({.argv = {"python3", "app.py", std::to_string(port_)},
                                             .directory = root_ / "app"}));
    return file::write_atomically(root_ / "app.pid", std::to_string(app_->pid()), 0600);
}

std::string Demo::answer() {
    const auto reply = http::fetch(client_, {.url = url_});
    return reply ? reply->body : std::string{};
}

Result<void> Demo::wait_until_live(const std::string& version) {
    const auto& clock = system_clock();
    const auto begun = clock.steady();
    while (answer() != "hello from version " + version) {
        TRY(keep_app_running());
        const std::string hint{"Run: inhaul demo --keep\nThen read agent.log in its directory."};
        if (watcher_->poll())
            return fail(ErrorCode::failed, "the agent ended before the pushed commit was live",
                        hint);
        if (clock.steady() - begun > patience)
            return fail(
                ErrorCode::timeout,
                fmt::format("the pushed commit was not live after {}", format_duration(patience)),
                hint);
        std::vector<http::Waited> nothing;
        client_.poll(nothing, look_again);
    }
    const auto took = std::chrono::duration<double>(clock.steady() - begun).count();
    print(fmt::format("  {} after {:.2f} s: {} answers \"hello from version {}\"\n",
                      painted("live", Colour::green, colour_), took, url_, version));
    return {};
}

Result<void> Demo::print_history() {
    const auto ledger = TRY(ledger::open_to_read(root_ / "state", system_clock()));
    if (!ledger) return {};
    print("\nThe history (inhaul history), with the start of each state:\n");
    auto records = TRY(ledger->history(std::nullopt, 10));
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        print(fmt::format("  {} -> {} {}\n    ",
                          record->from ? record->from->short_form() : "nothing",
                          record->to ? record->to->short_form() : "-",
                          record->summary ? "\"" + record->summary->subject + "\"" : ""));
        for (const auto& step : record->steps)
            print(fmt::format("{} {} ms  ", step.state, (step.entered - record->started).count()));
        print("\n");
    }
    return {};
}

Result<void> Demo::show() {
    TRY(prepare());
    print(
        fmt::format("The demo creates a repository and an app below {}.\n"
                    "It runs `inhaul run`, which polls the branch every second.\n",
                    root_.string()));
    for (const auto* version : {"one", "two"}) {
        const auto subject = fmt::format("Say hello from version {}", version);
        TRY(push(version, subject));
        print(fmt::format("\n{}  \"{}\"\n", painted("git push", Colour::bold, colour_), subject));
        TRY(wait_until_live(version));
    }
    return print_history();
}

}  // namespace

ExitCode demo(const DemoOptions& options) {
    process::end_children_on_termination();
    const auto parent = system_temporary_directory();
    if (!parent) return report(parent.error());
    auto directory = TemporaryDirectory::in(*parent, "inhaul-demo-");
    if (!directory) return report(directory.error());
    if (options.keep) directory->keep();
    const auto port = free_port();
    if (!port) return report(port.error());
    const auto executable = process::own_executable();
    if (!executable) return report(executable.error());

    const auto shown = Demo{directory->path(), *port, *executable}.show();
    if (options.keep) print(fmt::format("\nKept: {}\n", directory->path().string()));
    return shown ? ExitCode::done : report(shown.error().within("demo"));
}

}  // namespace inhaul::cli
