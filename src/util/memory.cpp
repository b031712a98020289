// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/memory.hpp>

#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace inhaul {
namespace {

/// Drops the pages of read-only segments: the file has the same bytes. Relocations by the linker
/// are in writable segments.
int drop_pages(::dl_phdr_info* info, std::size_t /*size*/, void* page_size) noexcept {
    const auto page = *static_cast<const std::uintptr_t*>(page_size);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = (info->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
        const std::uintptr_t end =
            (info->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
        // NOLINTNEXTLINE(performance-no-int-to-ptr): dl_phdr_info has addresses as numbers
        if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void release_startup_memory() noexcept {
    ::malloc_trim(0);
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::dl_iterate_phdr(drop_pages, &page);
}

}  // namespace inhaul
