// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/process.hpp>

#include <array>
#include <csignal>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::process {
namespace {

namespace fs = std::filesystem;
constexpr Milliseconds long_enough{20'000};

using Directory = test::TemporaryDirectory;

Command shell(std::string script) {
    return {.argv = {"sh", "-c", std::move(script)}, .capture_output = true};
}
std::string said(std::string script) {
    const auto done = run(shell(std::move(script)), long_enough);
    REQUIRE(done);
    return done->output;
}
bool is_alive(pid_t process) {
    return ::kill(process, 0) == 0;
}

/// Polls until the condition holds. Returns false after long_enough.
template <class Look>
bool becomes(Look look) {
    const auto until = system_clock().steady() + long_enough;
    while (!look()) {
        if (system_clock().steady() > until) return false;
        ::usleep(5'000);
    }
    return true;
}

pid_t number_in(const fs::path& path) {
    const auto text = file::read(path, 100);
    return text && !trimmed(*text).empty() ? std::stoi(*text) : 0;
}

/// Runs `body` in a child process. Returns its wait status.
template <class Body>
int status_of(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        body();
        ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("a separate standard error is read completely") {
    Command command{.argv = {"sh", "-c", "head -c 300000 /dev/zero >&2; echo end >&2; echo answer"},
                    .capture_stdout = true,
                    .capture_stderr = true};
    const auto done = run(command, long_enough);
    REQUIRE(done);
    CHECK(done->output == "answer\n");
    CHECK(done->errors.ends_with("end\n"));
    std::string output;
    REQUIRE(run(command, long_enough, &output));
    CHECK(output == "answer\n");
}

TEST_CASE("a command gets its arguments unchanged, and its output and status are returned") {
    const auto done =
        run({.argv = {"printf", "%s|", "two words", "$HOME", "*"}, .capture_output = true},
            long_enough);
    REQUIRE(done);
    CHECK(done->output == "two words|$HOME|*|");
    CHECK(done->status.success());
    CHECK(run(shell("exit 3"), long_enough)->status.code == 3);
    CHECK(describe(run(shell("exit 3"), long_enough)->status) == "exit status 3");
    CHECK(describe(run(shell("kill -9 $$"), long_enough)->status) == "killed by SIGKILL");
}

TEST_CASE("a program that cannot be run is an error that names it") {
    const auto missing = run({.argv = {"no-such-program"}}, long_enough);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message == "run no-such-program: No such file or directory");
    CHECK(run({.argv = {"/"}}, long_enough).error().code == ErrorCode::permission);
    CHECK(run({.argv = {"true"}, .directory = "/no/such"}, long_enough).error().message ==
          "run true in /no/such: No such file or directory");
}

TEST_CASE("a command has no input, its own directory, and the given environment") {
    CHECK(said("cat; echo end") == "end\n");
    auto command = shell("pwd; echo $INHAUL_X; echo ${HOME-none}");
    command.directory = "/";
    command.environment = {{"INHAUL_X", "a b"}, {"PATH", "/usr/bin:/bin"}};
    command.clean_environment = true;
    CHECK(run(command, long_enough)->output == "/\na b\nnone\n");
}

TEST_CASE("a command inherits no open descriptor of this process") {
    // A library's socket, and a descriptor that the parent process left open.
    const FileDescriptor low{::open("/", O_RDONLY)};
    REQUIRE(low);
    ::rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const FileDescriptor high{::fcntl(low.get(), F_DUPFD, static_cast<int>(limit.rlim_cur) - 1)};
    REQUIRE(high);
    std::vector<FileDescriptor> many;  // more than one call lists
    for (int i = 0; i < 300; ++i)
        many.emplace_back(::dup(low.get()));
    CHECK(said("echo /proc/self/fd/*") ==
          "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");  // its own listing
    const auto quiet =
        run({.argv = {"sh", "-c", "test -e /proc/self/fd/3 && exit 1; exit 0"}}, long_enough);
    CHECK(quiet->status.success());
    // In this process they do not change.
    CHECK(::fcntl(low.get(), F_GETFD) == 0);
    CHECK(::fcntl(high.get(), F_GETFD) == 0);
}

TEST_CASE("a program that replaces this process inherits only the three standard files") {
    const FileDescriptor open{::open("/", O_RDONLY)};
    CHECK(status_of([] {
              (void)exec_program(
                  {"sh", "-c", "test ! -e /proc/self/fd/3 && test -e /proc/self/fd/2"});
          }) == 0);
}

TEST_CASE("a replaced executable has the path of the new file") {
    const Directory place;
    const auto program = place.path / "program";
    fs::copy_file("/proc/self/exe", program);
    const auto ran = run({.argv = {program.string(), "[.replaces-itself]"},
                          .environment = {{"INHAUL_TEST_PROGRAM", program.string()}},
                          .capture_output = true},
                         long_enough);
    REQUIRE(ran);
    INFO(ran->output);
    CHECK(ran->status.success());
}

TEST_CASE("its own file is replaced, as by dpkg", "[.replaces-itself]") {
    const fs::path program{file::environment("INHAUL_TEST_PROGRAM").value()};
    CHECK(own_executable().value() == program);
    const auto marked = program.string() + " (deleted)";
    fs::copy_file("/bin/true", program.string() + ".new");
    fs::rename(program.string() + ".new", program);
    REQUIRE(fs::read_symlink("/proc/self/exe") == marked);
    CHECK(own_executable().value() == program);
    // Another file may have the name that the kernel reports.
    fs::copy_file("/bin/true", marked);
    CHECK(own_executable().value() == program);
}

TEST_CASE("an executable whose name ends like that of a deleted file keeps its name") {
    const Directory place;
    const auto program = place.path / "program (deleted)";
    fs::copy_file("/proc/self/exe", program);
    const auto ran = run({.argv = {program.string(), "[.says-its-name]"},
                          .environment = {{"INHAUL_TEST_PROGRAM", program.string()}},
                          .capture_output = true},
                         long_enough);
    REQUIRE(ran);
    INFO(ran->output);
    CHECK(ran->status.success());
}

TEST_CASE("its own file is not replaced", "[.says-its-name]") {
    CHECK(own_executable().value() == file::environment("INHAUL_TEST_PROGRAM").value());
}

TEST_CASE("only the end of a long output is kept") {
    const auto output = said("head -c 300000 /dev/zero | tr '\\0' x; echo END");
    CHECK(output.size() == 64 * 1024);
    CHECK(output.ends_with("END\n"));
}

TEST_CASE("standard output and error are separate, and input can be written") {
    auto child = Child::spawn({.argv = {"sh", "-c", "read line; echo out $line; echo err >&2"},
                               .capture_stdout = true,
                               .capture_stderr = true,
                               .pipe_input = true});
    REQUIRE(child);
    REQUIRE(::write(child->input(), "hello\n", 6) == 6);
    std::string output;
    std::string errors;
    REQUIRE(becomes([&] { return child->poll().has_value(); }));
    child->drain(output, 1000);
    child->drain_errors(errors, 1000);
    CHECK(output == "out hello\n");
    CHECK(errors == "err\n");
}

TEST_CASE("the whole group is killed at the deadline, with grandchildren") {
    const Directory directory;
    const auto mark = directory.path / "pid";
    const auto done =
        run(shell("sleep 1000 & echo $! >" + mark.string() + "; trap '' TERM; wait; sleep 1000"),
            Milliseconds{500});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::timeout);
    const auto grandchild = number_in(mark);
    REQUIRE(grandchild > 0);
    CHECK(becomes([&] { return !is_alive(grandchild); }));
}

TEST_CASE("background processes of a command that ends in time keep running") {
    const Directory directory;
    const auto mark = directory.path / "pid";
    const auto done =
        run(shell("sleep 1000 >/dev/null 2>&1 & echo $! >" + mark.string()), long_enough);
    REQUIRE(done);
    const auto daemon = number_in(mark);
    REQUIRE(daemon > 0);
    CHECK(is_alive(daemon));
    ::kill(daemon, SIGKILL);
}

TEST_CASE("a child does not outlive this process, however that ends") {
    const Directory directory;
    const auto mark = directory.path / "pid";
    const int status = status_of([&] {
        const auto child = Child::spawn(shell("echo $$ >" + mark.string() + "; exec sleep 1000"));
        (void)becomes([&] { return number_in(mark) > 0; });
        ::kill(::getpid(), SIGKILL);
    });
    CHECK(status == -SIGKILL);
    const auto child = number_in(mark);
    REQUIRE(child > 0);
    CHECK(becomes([&] { return !is_alive(child); }));
}

TEST_CASE("its own deadline ends this process with status 75, and its children") {
    const Directory directory;
    const auto mark = directory.path / "pid";
    const int status = status_of([&] {
        arm_own_deadline(Seconds{1});
        (void)run(shell("echo $$ >" + mark.string() + "; trap '' TERM; exec sleep 1000"),
                  long_enough);
    });
    CHECK(status == 75);
    const auto child = number_in(mark);
    REQUIRE(child > 0);
    CHECK(becomes([&] { return !is_alive(child); }));
}

TEST_CASE("SIGTERM ends this process with status 75, and its children") {
    const Directory directory;
    const auto mark = directory.path / "pid";
    const int status = status_of([&] {
        end_children_on_termination();
        const auto child = Child::spawn(shell("echo $$ >" + mark.string() + "; exec sleep 1000"));
        (void)becomes([&] { return number_in(mark) > 0; });
        ::kill(::getpid(), SIGTERM);
        ::pause();
    });
    CHECK(status == 75);
    const auto child = number_in(mark);
    CHECK(becomes([&] { return !is_alive(child); }));
}

TEST_CASE("blocked and ignored signals are not inherited") {
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    CHECK(describe(run(shell("kill -TERM $$; echo survived"), long_enough)->status) ==
          "killed by SIGTERM");
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    ::signal(SIGUSR1, SIG_IGN);
    CHECK(describe(run(shell("kill -USR1 $$; echo survived"), long_enough)->status) ==
          "killed by SIGUSR1");
    ::signal(SIGUSR1, SIG_DFL);
}

TEST_CASE("a failed command is reported even if SIGCHLD was ignored at the start") {
    const int status = status_of([] {
        ::signal(SIGCHLD, SIG_IGN);
        const auto done = run(shell("exit 3"), long_enough);
        ::_exit(done ? done->status.code : 98);
    });
    CHECK(status == 3);
}

TEST_CASE("a child that was reaped elsewhere counts as failed") {
    auto child = Child::spawn({.argv = {"true"}});
    REQUIRE(child);
    ::waitpid(child->pid(), nullptr, 0);
    const auto status = child->poll();
    REQUIRE(status);
    CHECK_FALSE(status->success());
}

TEST_CASE("a command that prints endlessly is killed at its deadline") {
    const auto done =
        run(shell("cat /dev/zero & cat /dev/zero & cat /dev/zero"), Milliseconds{300});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ErrorCode::timeout);
}

}  // namespace inhaul::process
