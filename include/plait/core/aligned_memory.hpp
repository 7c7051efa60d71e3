// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <memory>
#include <new>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

struct free_aligned {
    void operator()(void* p) const { ::operator delete (p, std::align_val_t{cache_line_bytes}); }
};

/// Values on the heap that begin on a cache line.
template <class T>
using aligned_memory = std::unique_ptr<T[], free_aligned>;

/// `count` zeros.
template <class T>
aligned_memory<T> make_aligned(long long count) {
    const auto bytes = sizeof(T) * static_cast<std::size_t>(count > 0 ? count : 1);
    T* values = static_cast<T*>(::operator new (bytes, std::align_val_t{cache_line_bytes}));
    std::memset(values, 0, bytes);
    return aligned_memory<T>(values);
}

}  // namespace plait::inline PLAIT_TARGET
