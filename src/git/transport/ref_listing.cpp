// SPDX-License-Identifier: Apache-2.0
#include "ref_listing.hpp"

#include <fmt/format.h>

#include "packet_line.hpp"

namespace inhaul::git {
namespace {

using Kind = PacketLine::Kind;

constexpr std::string_view service_line{"# service=git-upload-pack"};
constexpr std::string_view capabilities{
    "multi_ack_detailed side-band-64k thin-pack ofs-delta no-progress"};

/// Parses `<object> <ref>`, and in version 2 optional attributes behind a space.
Result<void> take_ref(std::string_view line, const BranchName& branch, RefListing& listing) {
    const auto space = line.find(' ');
    const auto object = line.substr(0, space);
    if (object == "unborn" || object == "shallow" || line.ends_with(" capabilities^{}")) return {};
    const auto commit = CommitId::parse(object);
    if (!commit || space == std::string_view::npos)
        return fail(ErrorCode::protocol, "the response is not a list of refs");
    if (commit->hex().size() != 40)
        return fail(ErrorCode::configuration,
                    "the repository uses SHA-256 commit IDs, which inhaul does not support");
    auto name = line.substr(space + 1);
    name = name.substr(0, name.find(' '));
    if (name.starts_with(BranchName::prefix)) listing.has_branches = true;
    if (name == branch.ref()) listing.head = commit;
    return {};
}

tl::unexpected<Error> cut_off() {
    return fail(ErrorCode::protocol, "the list of refs is truncated", {}, true);
}

}  // namespace

std::string ls_refs_request(std::string_view prefix) {
    return packet_line("command=ls-refs\n") + std::string{delimiter_packet} +
           packet_line(fmt::format("ref-prefix {}\n", prefix)) + std::string{flush_packet};
}

Result<RefListing> read_ls_refs(std::string_view answer, const BranchName& branch) {
    RefListing listing;
    PacketReader lines{answer};
    while (const auto line = TRY(lines.next())) {
        if (line->kind == Kind::flush) return listing;
        if (line->kind == Kind::text) TRY(take_ref(line->text, branch, listing));
    }
    return cut_off();
}

std::optional<ServerCapabilities> read_capabilities(std::string_view answer) {
    PacketReader lines{answer};
    const auto first = lines.next();
    if (!first || !*first || (*first)->text != "version 2") return std::nullopt;
    ServerCapabilities abilities;
    bool lists = false;
    for (;;) {
        const auto line = lines.next();
        if (!line || !*line) return std::nullopt;
        if ((*line)->kind == Kind::flush) break;
        const auto text = (*line)->text;
        if (text == "ls-refs" || text.starts_with("ls-refs=")) lists = true;
        if (text.starts_with("agent=git/")) abilities.is_git = true;
    }
    return lists ? std::optional{abilities} : std::nullopt;
}

std::string head_request() {
    return packet_line("command=ls-refs\n") + std::string{delimiter_packet} +
           packet_line("symrefs\n") + packet_line("ref-prefix HEAD\n") + std::string{flush_packet};
}

Result<std::optional<SymbolicHead>> read_head(std::string_view answer) {
    constexpr std::string_view name{" HEAD"};
    constexpr std::string_view target{" symref-target:"};
    std::optional<SymbolicHead> head;
    PacketReader lines{answer};
    while (const auto line = TRY(lines.next())) {
        if (line->kind == Kind::flush) return head;
        const auto space = line->text.find(' ');
        const auto commit = CommitId::parse(line->text.substr(0, space));
        if (!commit || commit->hex().size() != 40 || space == std::string_view::npos) continue;
        auto rest = line->text.substr(space);
        if (!rest.starts_with(name)) continue;
        rest.remove_prefix(name.size());
        if (!rest.starts_with(target)) continue;
        rest.remove_prefix(target.size());
        head = SymbolicHead{*commit, std::string{rest.substr(0, rest.find(' '))}};
    }
    return cut_off();
}

Result<RefListing> read_advertisement(std::string_view answer, const BranchName& branch,
                                      Over transport) {
    RefListing listing;
    PacketReader lines{answer};
    if (transport == Over::http) {
        const auto first = TRY(lines.next());
        if (!first || first->text != service_line)
            return fail(ErrorCode::protocol, "the response is not a list of refs");
        const auto second = TRY(lines.next());
        if (!second) return cut_off();
        if (second->kind != Kind::flush)
            return fail(ErrorCode::protocol, "the response is not a list of refs");
    }
    while (const auto line = TRY(lines.next())) {
        if (line->kind == Kind::flush) return listing;
        if (line->kind == Kind::text && line->text != "version 1")
            TRY(take_ref(line->text.substr(0, line->text.find('\0')), branch, listing));
    }
    return cut_off();
}

std::string advertisement_of(const BranchName& branch, const CommitId& head) {
    auto line = head.hex() + " " + branch.ref();
    line += '\0';
    line += capabilities;
    line += '\n';
    return packet_line(std::string{service_line} + "\n") + std::string{flush_packet} +
           packet_line(line) + std::string{flush_packet};
}

}  // namespace inhaul::git
