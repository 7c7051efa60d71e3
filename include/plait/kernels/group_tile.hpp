// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/tile.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Sums of a tile in groups: `Rows` vectors of outputs at `Pixels` pixels, every `Stride` of a row. They stay
/// in registers from one loop to the next only where every loop over them is an innermost one, and no lambda
/// captures them: g++ 12 else keeps them in memory in between.
template <int Rows, int Pixels, int Stride = 1>
class group_tile {
    using vector = simd::batch<float>;
    static constexpr int lanes = simd::lanes<float>;
    static constexpr int sums = Rows * Pixels;

public:
    /// From one bias for each output.
    [[gnu::always_inline]] inline void begin(const float* bias) {
        PLAIT_UNROLL
        for (int i = 0; i < sums; ++i) sum_[i] = simd::load(bias + i / Pixels * lanes);
    }

    /// From sums that lie where `store` puts them.
    [[gnu::always_inline]] inline void load(const float* from, const int* rows_at) {
        PLAIT_UNROLL
        for (int i = 0; i < sums; ++i) sum_[i] = simd::load(from + place(rows_at, i));
    }

    /// Row r goes to `rows_at[r * lanes]`, where its first output lies.
    template <activation Act>
    [[gnu::always_inline]] inline void store(float* to, const int* rows_at) const {
        const tile_activation<Act> activate;
        PLAIT_UNROLL
        for (int i = 0; i < sums; ++i) simd::store(to + place(rows_at, i), activate(sum_[i]));
    }

    /// One input of the pixels from `Begin` to `End`, `Step` values apart, times a vector of weights for each
    /// row.
    template <int Begin, int End, int Step>
    [[gnu::always_inline]] inline void add(const float* input, const float* weights) {
        vector weight[as_size(Rows)];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) weight[r] = simd::pinned(simd::load(weights + r * lanes));
        vector value;
        PLAIT_UNROLL
        for (int i = Begin * Rows; i < End * Rows; ++i) {
            const int pixel = i / Rows;
            const int row = i % Rows;
            if (row == 0) value = simd::pinned(vector(input[pixel * Step]));
            vector& sum = sum_[row * Pixels + pixel];
            sum = simd::multiply_add(value, weight[row], sum);
        }
    }

private:
    static constexpr int place(const int* rows_at, int i) {
        return rows_at[i / Pixels * lanes] + i % Pixels * Stride * lanes;
    }

    vector sum_[as_size(sums)];
};

}  // namespace plait::inline PLAIT_TARGET::detail
