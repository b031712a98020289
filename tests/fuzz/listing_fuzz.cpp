// SPDX-License-Identifier: Apache-2.0
#include <git/transport/packet_line.hpp>
#include <git/transport/ref_listing.hpp>

#include "fuzzing.hpp"

// The input is a hostile server's ref listing.

using namespace inhaul;

namespace {

/// Each packet is written back as the same bytes, except for a final line feed.
void check_packets(std::string_view bytes) {
    git::PacketReader reader{bytes};
    for (std::size_t read = 0;;) {
        const auto packet = reader.next();
        if (!packet) return fuzz::require_readable(packet.error());
        if (!*packet) return;
        using Kind = git::PacketLine::Kind;
        const auto size = (*packet)->kind == Kind::text ? (*packet)->text.size() + 4 : 4;
        read += size;
        fuzz::require(read <= bytes.size(), "packets are not longer than the input");
        if ((*packet)->kind != Kind::text) continue;
        const auto written = git::packet_line((*packet)->text);
        auto again = git::PacketReader{written}.next();
        fuzz::require((again && *again && (*again)->text.size() + 1 >= (*packet)->text.size()) ||
                          (*packet)->text.starts_with("ERR "),
                      "a packet reads back as the same");
    }
}

/// Checks the two messages that a server may send around a pack.
void check_messages(std::string_view bytes) {
    for (const auto text : {git::leading_error(bytes), git::sideband_error(bytes)})
        fuzz::require(text.empty() || (text.data() > bytes.data() &&
                                       text.data() + text.size() <= bytes.data() + bytes.size() &&
                                       text.size() < 65'536),
                      "an error message is part of one line of the input");
    const auto first = git::PacketReader{bytes}.next();
    if (const auto text = git::leading_error(bytes); !text.empty())
        fuzz::require(!first, "a response that begins with an error is not read as another line");
    for (const auto reason : {git::leading_error(bytes), git::sideband_error(bytes)}) {
        const auto line = git::packet_line("ERR " + std::string{reason.substr(0, 1000)});
        fuzz::require(git::leading_error(line + std::string{bytes}) == reason.substr(0, 1000),
                      "an error message reads back as the same");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    static const auto branch = BranchName::parse("main").value();
    for (const auto& listing :
         {git::read_ls_refs(input, branch), git::read_advertisement(input, branch, git::Over::http),
          git::read_advertisement(input, branch, git::Over::ssh)}) {
        if (!listing) {
            require_readable(listing.error());
            continue;
        }
        require(!listing->head || listing->has_branches, "a head belongs to a branch");
        if (!listing->head) continue;
        require(listing->head->hex().size() == 40, "a head has 40 digits");
        const auto made_up = git::advertisement_of(branch, *listing->head);
        const auto again = git::read_advertisement(made_up, branch, git::Over::http);
        require(again && again->head == listing->head, "a listing reads back as the same");
    }
    check_packets(input);
    check_messages(input);
}
