// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/tile.hpp"

namespace plait::detail {

/// Fully connected layer: single pixels in, single pixels out. Weights come as [output][input]; vectors run
/// along outputs. With many outputs it runs at the speed that weights arrive with.
template <kernel_shape S, class T>
struct linear_kernel {
    static constexpr int lanes = S.lanes;

    /// Panels of `most_rows` vectors of outputs (the last may be smaller): bias, then [input][row].
    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * (o.in.count + 1);
    }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        const int depth = o.in.count;
        for_each_panel(o.out.count, [&](auto rows, int row) {
            const int begin = row * lanes;
            const int end = begin + rows * lanes;
            for (int r = begin; r < end; ++r) *to++ = r < o.out.count ? T(bias[r]) : T{};
            for (int k = 0; k < depth; ++k) {
                for (int r = begin; r < end; ++r)
                    *to++ = r < o.out.count ? T(weights[r * depth + k]) : T{};
            }
        });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        const T* panel = weights + call.weights;
        for_each_panel(call.out_count, [&](auto rows, int row) {
            tile<rows>(call, panel, workspace, row);
            panel += rows * lanes * (call.in_count + 1);
        });
    }

private:
    static constexpr int most_rows = 4;

    template <class Body>
    [[gnu::always_inline]] static inline void for_each_panel(int outputs, Body body) {
        const int vectors = (outputs + lanes - 1) / lanes;
        int row = 0;
        for (; row + most_rows <= vectors; row += most_rows) body(constant<most_rows>{}, row);
        for (; row < vectors; ++row) body(constant<1>{}, row);
    }

    /// Several sums for each output, so that one addition need not wait for the one before.
    template <int Rows>
    [[gnu::always_inline]] static inline void tile(const kernel_call& call, const T* panel, T* workspace,
                                                   int row) {
        using vector = simd::batch<T>;
        constexpr int parts = 8 / Rows;
        vector sum[parts][Rows];
        PLAIT_UNROLL for (int r = 0; r < Rows; ++r) {
            sum[0][r] = simd::load(panel + r * lanes);
            PLAIT_UNROLL for (int part = 1; part < parts; ++part) sum[part][r] = vector(T{});
        }
        const T* weight = panel + Rows * lanes;
        int k = 0;
        for (; k + parts <= call.in_count; k += parts, weight += parts * Rows * lanes) {
            PLAIT_UNROLL for (int part = 0; part < parts; ++part) {
                const vector x(workspace[call.in[k + part]]);
                PLAIT_UNROLL for (int r = 0; r < Rows; ++r)
                    sum[part][r] = simd::multiply_add(x, simd::load(weight + (part * Rows + r) * lanes), sum[part][r]);
            }
        }
        for (; k < call.in_count; ++k, weight += Rows * lanes) {
            const vector x(workspace[call.in[k]]);
            PLAIT_UNROLL for (int r = 0; r < Rows; ++r)
                sum[0][r] = simd::multiply_add(x, simd::load(weight + r * lanes), sum[0][r]);
        }
        PLAIT_UNROLL for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL for (int half = parts / 2; half > 0; half /= 2) {
                PLAIT_UNROLL for (int part = 0; part < half; ++part) sum[part][r] += sum[part + half][r];
            }
            simd::store(workspace + call.out[(row + r) * lanes], sum[0][r]);
        }
    }
};

}  // namespace plait::detail
