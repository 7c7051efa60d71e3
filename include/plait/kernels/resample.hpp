// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/group_access.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/samples.hpp"
#include "plait/kernels/without_weights.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Resizing, padding and cutting: every pixel of a group is one vector, or is made of four.
template <kernel_shape S>
struct resample_kernel : without_weights {
    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr int lanes = S.lanes;
        for (int c = 0; c < call.out_count; c += lanes) {
            const int count = call.out_count - c;
            const float* in = read_group<S.layout.in_step, S.layout.in_whole_groups>(
                workspace, call.in + c, count, rows.in * columns.in, workspace + call.scratch);
            write_group<S.layout.out_step>(workspace, call.out + c, count, outputs,
                                           [&](int y, int x) { return pixel(in, y, x); });
        }
    }

private:
    using vector = simd::batch<float>;
    static constexpr sampled_axis rows = S.sampling.rows;
    static constexpr sampled_axis columns = S.sampling.columns;
    static constexpr extent outputs = S.sampling.outputs();

    [[gnu::always_inline]] static inline vector pixel(const float* in, int y, int x) {
        const sample& row = samples_of<rows>[as_size(y)];
        const sample& column = samples_of<columns>[as_size(x)];
        if constexpr (rows.has_zeros() || columns.has_zeros()) {
            if (row.first == sample::outside || column.first == sample::outside) return vector(0.0F);
        }
        const float* top = in + row.first * columns.in * S.lanes;
        if constexpr (rows.by != sampled_axis::rule::linear) {
            return simd::load(top + column.first * S.lanes);
        } else {
            const float* bottom = in + row.second * columns.in * S.lanes;
            return between(across(top, column), across(bottom, column), row.share);
        }
    }
    [[gnu::always_inline]] static inline vector across(const float* row, const sample& column) {
        return between(simd::load(row + column.first * S.lanes), simd::load(row + column.second * S.lanes),
                       column.share);
    }
    [[gnu::always_inline]] static inline vector between(vector a, vector b, float share) {
        return a * vector(1 - share) + b * vector(share);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
