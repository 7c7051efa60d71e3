// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/panels.hpp"

namespace plait::detail {

/// Fully connected layer: single pixels in, single pixels out. Weights come as [output][input]; vectors run
/// along outputs. With many outputs it runs at the speed that weights arrive with.
template <kernel_shape S, class T>
struct linear_kernel {
    static constexpr int lanes = S.lanes;

    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * (o.in.count + 1);
    }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        const int depth = o.in.count;
        const auto weight = [&](int output, int k) { return weights[output * depth + k]; };
        pack_group_panels<S>(o.out.count, depth, weight, bias, to);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        run(call, weights, workspace, {});
    }

    /// Several pictures, panel by panel, so that weights are read from afar once.
    [[gnu::always_inline]] static inline void run(const kernel_call& call, const T* weights, T* workspace,
                                                  picture_run pictures) {
        const T* panel = weights + call.weights;
        const int vectors = (call.out_count + lanes - 1) / lanes;
        for_each_block<S.rows, S.uneven_rows>(vectors, S.most_rows, [&](auto rows, int row) {
            for (int i = 0; i < pictures.count; ++i)
                tile<rows>(call, panel, workspace + i * pictures.stride, row);
            panel += rows * lanes * (call.in_count + 1);
        });
    }

private:
    /// Several sums for each output, so that one addition need not wait for the one before.
    template <int Rows>
    [[gnu::always_inline]] static inline void tile(const kernel_call& call, const T* panel, T* workspace,
                                                   int row) {
        using vector = simd::batch<T>;
        constexpr int parts = Rows == 1 ? 8 : Rows == 2 ? 4 : 2;
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
