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

/// A terminal that shows nothing of what is typed, and sends no signals for it: one of them would
/// leave it like that.
class Unechoed {
public:
    Unechoed() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ISIG);
        quiet.c_cc[VEOL] = interrupt;  // so that it is read at once
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

/// Byte by byte, so that nothing of the next line is taken, and a secret is in no buffer of a
/// library's.
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
        // First, so that an answer that comes at once is neither shown nor thrown away.
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
