// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <xsimd/xsimd.hpp>

#include "plait/core/target.hpp"

// What the processor that the program runs on can do, whatever the compiler's flags.

namespace plait::inline PLAIT_TARGET::simd {

#if defined(__x86_64__)

/// What one program may hold code for, the best first; each includes those after it: x86-64-v4, -v3, -v2 and
/// x86-64.
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

/// Whether the processor has what x86-64-v3 adds to AVX2 and FMA: F16C, BMI, BMI2, LZCNT and MOVBE.
inline bool has_v3_scalars() {
    constexpr unsigned movbe_f16c = 1U << 22U | 1U << 29U, lzcnt = 1U << 5U, bmi_bmi2 = 1U << 3U | 1U << 8U;
    const auto has = [](unsigned leaf, unsigned in_b, unsigned in_c) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        return __get_cpuid_count(leaf, 0, &a, &b, &c, &d) != 0 && (b & in_b) == in_b && (c & in_c) == in_c;
    };
    return has(1, 0, movbe_f16c) && has(7, bmi_bmi2, 0) && has(0x80000001U, 0, lzcnt);
}

}  // namespace detail

/// The best that this processor, and the operating system on it, runs.
inline instruction_set best_instruction_set() {
    instruction_set best = xsimd::dispatch<detail::dispatched_architectures>(detail::instruction_set_of{})();
    // xsimd 8 asks the processor alone. Whether the operating system keeps wide registers is asked here.
    if (best == instruction_set::avx512 && !__builtin_cpu_supports("avx512vl")) best = instruction_set::avx2;
    if (best <= instruction_set::avx2 &&
        !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && detail::has_v3_scalars()))
        best = instruction_set::sse4_2;
    if (best <= instruction_set::sse4_2 &&
        !(__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")))
        best = instruction_set::baseline;
    return best;
}

#endif

}  // namespace plait::inline PLAIT_TARGET::simd
