// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <xsimd/xsimd.hpp>

#include "plait/core/target.hpp"

// What the processor that the program runs on can do, whatever the compiler's flags.

namespace plait::inline PLAIT_TARGET::simd {

#if defined(__x86_64__)

/// What one program may hold code for, the best first; each includes those after it.
enum class instruction_set { avx512, avx2, sse4_2, baseline };

namespace detail {

using dispatched_architectures =
    xsimd::arch_list<xsimd::avx512bw, xsimd::fma3<xsimd::avx2>, xsimd::sse4_2, xsimd::sse2>;

struct instruction_set_of {
    instruction_set operator()(xsimd::avx512bw) const { return instruction_set::avx512; }
    instruction_set operator()(xsimd::fma3<xsimd::avx2>) const { return instruction_set::avx2; }
    instruction_set operator()(xsimd::sse4_2) const { return instruction_set::sse4_2; }
    template <class Older>
    instruction_set operator()(Older) const {
        return instruction_set::baseline;
    }
};

}  // namespace detail

/// The best that this processor, and the operating system on it, runs.
inline instruction_set best_instruction_set() {
    instruction_set best = xsimd::dispatch<detail::dispatched_architectures>(detail::instruction_set_of{})();
    // xsimd 8 asks the processor alone. Whether the operating system keeps wide registers is asked here.
    if (best == instruction_set::avx512 && !__builtin_cpu_supports("avx512vl")) best = instruction_set::avx2;
    if (best == instruction_set::avx2 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
        best = instruction_set::sse4_2;
    if (best == instruction_set::sse4_2 && !__builtin_cpu_supports("sse4.2"))
        best = instruction_set::baseline;
    return best;
}

#endif

}  // namespace plait::inline PLAIT_TARGET::simd
