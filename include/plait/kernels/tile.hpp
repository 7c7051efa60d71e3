// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <type_traits>

#include "plait/core/as_size.hpp"
#include "plait/kernels/activation_function.hpp"
#include "plait/kernels/balanced.hpp"
#include "plait/simd/batch.hpp"

// What tiled kernels share: a tile keeps its sums in registers over the whole depth of its inputs.

namespace plait::inline PLAIT_TARGET::detail {

template <int N>
using constant = std::integral_constant<int, N>;

/// Calls `body(constant<size>, begin)` for each block of a balanced cut of `count`; `Uneven` says at compile
/// time whether smaller blocks can occur.
template <int Size, bool Uneven, class Body>
[[gnu::always_inline]] inline void for_each_block(int count, int most, Body body) {
    const balanced cut = balanced::into(count, most);
    int begin = 0;
    for (int i = 0; i < cut.full; ++i, begin += Size) body(constant<Size>{}, begin);
    if constexpr (Uneven) {
        for (; begin < count; begin += Size - 1) body(constant<Size - 1>{}, begin);
    }
}

/// Asks for one of the lines of so many values of a group, another for each of its channels: groups lie too
/// far from each other for processors to foresee the next tile's pixels.
template <int Values>
[[gnu::always_inline]] inline void ask_for_group(const float* from, int channel) {
    constexpr int values_of_line = cache_line_bytes / static_cast<int>(sizeof(float));
    constexpr int lines = (Values + values_of_line - 1) / values_of_line;
    simd::prefetch(from + channel % lines * values_of_line);
}

/// The first lanes alone: what follows in memory may be another channel.
template <int Count>
[[gnu::always_inline]] inline void store_first(float* to, simd::batch<float> x) {
    alignas(cache_line_bytes) float values[simd::lanes<float>];
    simd::store(values, x);
    std::memcpy(to, values, sizeof(float) * Count);
}

/// The activation of a tile, which begins after its sums are complete.
template <activation Act>
using tile_activation = activation_function<Act, simd::batch<float>, constants_after_sums>;

/// Cuts a row of `Stride` x `count` values into one run for each residue of the column. Whole vectors: up to
/// a vector of values is written past each run.
template <int Stride>
[[gnu::always_inline]] inline void split_columns(const float* row, int count,
                                                 float* const (&runs)[as_size(Stride)]) {
    constexpr int lanes = simd::lanes<float>;
    if constexpr (Stride == 1) {
        for (int i = 0; i < count; i += lanes)
            simd::store_unaligned(runs[0] + i, simd::load_unaligned(row + i));
    } else if constexpr (Stride == 2) {
        for (int i = 0; i < count; i += lanes) {
            const simd::batch<float> a = simd::load_unaligned(row + 2 * i);
            const simd::batch<float> b = simd::load_unaligned(row + 2 * i + lanes);
            simd::store_unaligned(runs[0] + i, simd::even_lanes(a, b));
            simd::store_unaligned(runs[1] + i, simd::odd_lanes(a, b));
        }
    } else {
        for (int i = 0; i < count; ++i) {
            for (int phase = 0; phase < Stride; ++phase) runs[phase][i] = row[i * Stride + phase];
        }
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
