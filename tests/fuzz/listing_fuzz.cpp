#include <git/transport/packet_line.hpp>
#include <git/transport/ref_listing.hpp>

#include "fuzzing.hpp"

// The input is what a hostile server may say when it is asked for its refs.

using namespace inhaul;

namespace {

/// Each packet that is read is written again as the same bytes, but for a final line feed.
void check_packets(std::string_view bytes) {
    git::PacketReader reader{bytes};
    for (std::size_t read = 0;;) {
        const auto packet = reader.next();
        if (!packet) return fuzz::require_readable(packet.error());
        if (!*packet) return;
        using Kind = git::PacketLine::Kind;
        const auto size = (*packet)->kind == Kind::text ? (*packet)->text.size() + 4 : 4;
        read += size;
        fuzz::require(read <= bytes.size(), "packets have no more bytes than there are");
        if ((*packet)->kind != Kind::text) continue;
        const auto written = git::packet_line((*packet)->text);
        auto again = git::PacketReader{written}.next();
        fuzz::require((again && *again && (*again)->text.size() + 1 >= (*packet)->text.size()) ||
                          (*packet)->text.starts_with("ERR "),
                      "a packet reads back as the same");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    static const auto branch = BranchName::parse("main").value();
    for (const auto& listing :
         {git::read_ls_refs(input, branch), git::read_advertisement(input, branch)}) {
        if (!listing) {
            require_readable(listing.error());
            continue;
        }
        require(!listing->head || listing->has_branches, "a head is a branch's");
        if (!listing->head) continue;
        require(listing->head->hex().size() == 40, "a head is a name of 40 digits");
        const auto made_up = git::advertisement_of(branch, *listing->head);
        const auto again = git::read_advertisement(made_up, branch);
        require(again && again->head == listing->head, "a listing reads back as the same");
    }
    check_packets(input);
    const auto complaint = git::last_complaint(input);
    require(complaint.empty() || complaint.size() + 5 <= input.size(),
            "a complaint is part of what was said");
}
