// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/kernels/activation_function.hpp"
#include "plait/kernels/balanced.hpp"
#include "plait/kernels/gather.hpp"
#include "plait/kernels/padded_rows.hpp"
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

/// Of `Stride` vectors in a row every value that is `Phase` after a multiple of the stride.
template <int Stride, int Phase>
[[gnu::always_inline]] inline simd::batch<float> every_nth(const simd::batch<float> (&x)[as_size(Stride)]) {
    constexpr int lanes = simd::lanes<float>;
    const auto with = [&]<int Vector>(constant<Vector>, simd::batch<float> so_far) {
        return simd::permute_by(
            [](int lane) constexpr {
                const int at = lane * Stride + Phase;
                if (at / lanes == Vector) return lanes + at % lanes;
                return Vector == 1 && at < lanes ? at : lane;
            },
            so_far, x[Vector]);
    };
    simd::batch<float> made = x[0];
    [&]<int... Vector>(std::integer_sequence<int, Vector...>) {
        ((made = with(constant<Vector + 1>{}, made)), ...);
    }
    (std::make_integer_sequence<int, Stride - 1>{});
    return made;
}

/// Cuts a row of `Stride` x `count` values into one run for each residue of the column. Whole vectors: up to
/// a vector of values is written past each run.
template <int Stride>
[[gnu::always_inline]] inline void split_columns(const float* row, int count,
                                                 float* const (&runs)[as_size(Stride)]) {
    constexpr int lanes = simd::lanes<float>;
    if constexpr (Stride > most_shuffled_stride) {
        for (int phase = 0; phase < Stride; ++phase) gather_run<Stride>(row + phase, count, runs[phase]);
    } else {
        for (int i = 0; i < count; i += lanes) {
            simd::batch<float> x[as_size(Stride)];
            PLAIT_UNROLL
            for (int v = 0; v < Stride; ++v) x[v] = simd::load_unaligned(row + Stride * i + v * lanes);
            [&]<int... Phase>(std::integer_sequence<int, Phase...>) {
                (simd::store_unaligned(runs[Phase] + i, every_nth<Stride, Phase>(x)), ...);
            }
            (std::make_integer_sequence<int, Stride>{});
        }
    }
}

}  // namespace plait::inline PLAIT_TARGET::detail
