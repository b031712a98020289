// SPDX-License-Identifier: Apache-2.0
#include <deploy/gpg_status.hpp>
#include <git/repository/history.hpp>

#include "objects.hpp"

#include <sanitizer/lsan_interface.h>

#include <optional>

// The input is a signed commit from a server, or the output of gpg about a commit.

using namespace inhaul;

namespace {

/// Joins the lines of a header. Each further line begins with a space.
std::string unfolded(std::string_view header) {
    std::string value{fuzz::take_line(header)};
    while (!header.empty()) {
        header.remove_prefix(1);
        value.append("\n").append(fuzz::take_line(header));
    }
    return value;
}

/// Signed data must lack only the signature's header: otherwise a commit could have unsigned
/// content.
void check_cut(std::string_view raw, const git::Repository::Signature& found) {
    std::size_t begin = 0;
    while (begin < found.content.size() && begin < raw.size() && raw[begin] == found.content[begin])
        ++begin;
    const auto size = raw.size() - found.content.size();
    fuzz::require(found.content.size() < raw.size(), "signed data does not contain the signature");
    // The bytes before and after may be equal, so several cuts are possible.
    constexpr std::string_view name{"gpgsig "};
    for (auto at = begin + 1; at-- > 0;) {
        const auto cut = raw.substr(at, size);
        if (!cut.starts_with(name) || (at > 0 && raw[at - 1] != '\n')) continue;
        if (raw.substr(at + size) != std::string_view{found.content}.substr(at)) continue;
        if (unfolded(cut.substr(name.size())) == found.signature) return;
    }
    fuzz::require(false, "signed data lacks only the signature");
}

/// libgit2 1.5 keeps only the last `encoding` header of a commit and never frees the others.
/// The leak is smaller than the commit, and a worker reads few commits, so it is tolerated: here
/// only.
bool library_leaks(std::string_view raw) {
    constexpr std::string_view header{"\nencoding "};
    const auto first = raw.find(header);
    return first != std::string_view::npos && raw.find(header, first + 1) != std::string_view::npos;
}

void check_commit(std::string_view raw) {
    std::optional<__lsan::ScopedDisabler> tolerated;
    if (library_leaks(raw)) tolerated.emplace();
    const fuzz::MemoryRepository repository;
    const auto id = git::id_from(repository.write(GIT_OBJECT_COMMIT, raw));
    const auto found = git::signature_of(repository.get(), id);
    if (!found) return fuzz::require_readable(found.error());
    if (*found) check_cut(raw, **found);
    const auto summary = git::summary_of(repository.get(), id);
    if (!summary) return fuzz::require_readable(summary.error());
    fuzz::require(summary->subject.size() <= raw.size(), "a subject is a part of the commit");
}

void check_status(std::string_view said) {
    const std::string all{said};
    const auto fault = deploy::gpg_fault(all, true);
    fuzz::require(deploy::gpg_fault(all, false).has_value(), "a failed gpg never means acceptance");
    if (fault) return fuzz::require_readable(*fault);
    fuzz::require(all.find("[GNUPG:] GOODSIG") != std::string::npos &&
                      all.find("[GNUPG:] VALIDSIG") != std::string::npos,
                  "acceptance needs both status lines of gpg");
    for (const auto* const word : {"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"}) {
        const auto bad = std::string{"[GNUPG:] "} + word + " 1 x\n";
        fuzz::require(
            deploy::gpg_fault(bad + all, true) && deploy::gpg_fault(all + "\n" + bad, true),
            "one bad signature prevents acceptance");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_commit(input);
    check_status(input);
}
