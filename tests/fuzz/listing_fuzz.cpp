#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <git/packet_line.hpp>
#include <git/ref_listing.hpp>

// The input is what a hostile server may say when it is asked for its refs.

using namespace inhaul;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto branch = BranchName::parse("main").value();
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    for (const auto& listing :
         {git::read_ls_refs(input, branch), git::read_advertisement(input, branch)}) {
        if (!listing && listing.error().message.find('\n') != std::string::npos) std::abort();
        if (listing && listing->head && !listing->has_branches) std::abort();
        if (listing && listing->head && listing->head->hex().size() != 40) std::abort();
    }
    const auto complaint = git::last_complaint(input);
    if (complaint.size() + 5 > input.size() && !complaint.empty()) std::abort();
    return 0;
}
