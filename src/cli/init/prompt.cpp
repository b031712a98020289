// SPDX-License-Identifier: Apache-2.0
#include "prompt.hpp"

#include <csignal>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

constexpr char interrupt = '\x03';

/// Turns off the terminal's echo, and its signals: a signal would leave the echo off.
class Unechoed {
public:
    Unechoed() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ISIG);
        quiet.c_cc[VEOL] = interrupt;  // ends the line: read() returns at once
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Unechoed() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Unechoed(const Unechoed&) = delete;
    Unechoed& operator=(const Unechoed&) = delete;

private:
    struct ::termios before_ {};
    bool changed_ = false;
};

/// Reads byte by byte: takes nothing of the next line, and leaves no secret in a library's buffer.
std::optional<std::string> read_line() {
    constexpr std::size_t longest = 4096;
    std::string line;
    line.reserve(longest);
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1;) {
        if (c == '\n') return line;
        if (c == interrupt) return std::string{interrupt};
        if (line.size() < longest) line += c;
    }
    return std::nullopt;
}

}  // namespace

Prompt::Prompt() : present_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {}

std::optional<std::string> Prompt::ask(std::string_view question,
                                       const std::string& otherwise) const {
    if (!present_) return std::nullopt;
    print(otherwise.empty() ? fmt::format("{}: ", question)
                            : fmt::format("{} [{}]: ", question, otherwise));
    const auto line = read_line();
    if (!line) return std::nullopt;
    const auto answer = trimmed(*line);
    return answer.empty() ? otherwise : std::string{answer};
}

std::optional<Secret> Prompt::ask_secretly(std::string_view question) const {
    if (!present_) return std::nullopt;
    std::optional<Secret> line;
    {
        // Before the question: an immediate answer is neither shown nor discarded.
        const Unechoed quiet;
        print(fmt::format("{}: ", question));
        if (auto text = read_line()) line = Secret{std::move(*text)};
    }
    print("\n");
    if (line && line->reveal() == std::string_view{&interrupt, 1}) ::raise(SIGINT);
    return line;
}

bool Prompt::agrees(std::string_view question) const {
    const auto answer = ask(fmt::format("{} [Y/n]", question));
    return answer && (answer->empty() || *answer == "y" || *answer == "Y" || *answer == "yes");
}

}  // namespace inhaul::cli
