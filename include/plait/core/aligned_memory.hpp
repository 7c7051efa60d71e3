// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Frees memory of the alignment that it was allocated with.
struct free_aligned {
    std::align_val_t alignment{cache_line_bytes};
    void operator()(void* p) const { ::operator delete(p, alignment); }
};

/// Values on the heap that begin on a cache line.
template <class T>
using aligned_memory = std::unique_ptr<T[], free_aligned>;

namespace detail {

/// Asks for huge pages, which Linux gives or not: what is read from end to end then misses fewer translations
/// of addresses, and lies evenly in the caches.
inline void prefer_huge_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
    madvise(begin, bytes, MADV_HUGEPAGE);
#endif
}

/// Asks for all pages at once, which takes half as long as one by one when they are written first.
inline void prefer_present_pages([[maybe_unused]] char* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_POPULATE_WRITE)
    constexpr std::size_t page = 4096;
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
    if (bytes >= before + 16 * page) madvise(begin + before, bytes - before, MADV_POPULATE_WRITE);
#endif
}

}  // namespace detail

/// `count` zeros.
template <class T>
aligned_memory<T> make_aligned(long long count) {
    constexpr std::size_t huge_page = std::size_t{2} << 20U;
    std::size_t bytes = sizeof(T) * static_cast<std::size_t>(count > 0 ? count : 1);
    const bool huge = bytes >= huge_page;
    if (huge) bytes = (bytes + huge_page - 1) / huge_page * huge_page;
    const std::align_val_t alignment{huge ? huge_page : std::size_t{cache_line_bytes}};
    T* values = static_cast<T*>(::operator new(bytes, alignment));
    if (huge)
        detail::prefer_huge_pages(values, bytes);
    else
        detail::prefer_present_pages(reinterpret_cast<char*>(values), bytes);
    std::memset(static_cast<void*>(values), 0, bytes);
    return aligned_memory<T>(values, free_aligned{alignment});
}

}  // namespace plait::inline PLAIT_TARGET
