// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/panels.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Fully connected layer: all pixels of all channels in, single pixels out. Weights come as
/// [output][channel][pixel]; vectors run along outputs. With many outputs it runs at the speed that weights
/// arrive with.
template <kernel_shape S>
struct linear_kernel : packs_groups<S> {
    static constexpr int lanes = S.lanes;

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        run(call, weights, workspace, {});
    }

    /// Several pictures, panel by panel, so that weights are read from afar once. The same bits as one by
    /// one.
    [[gnu::always_inline]] static inline void run(const kernel_call& call, const float* weights,
                                                  float* workspace, picture_run pictures) {
        const float* panel = weights + call.weights;
        const int vectors = (call.out_count + lanes - 1) / lanes;
        for_each_block<S.rows, S.uneven_rows>(vectors, S.most_rows, [&](auto rows, int row) {
            const int* out = call.out + row * lanes;
            int i = 0;
            if constexpr (parts_of(rows) == 1) {
                for (; i + together <= pictures.count; i += together)
                    tile_of_pictures<rows>(call, panel, workspace + i * pictures.stride, pictures.stride,
                                           out);
            }
            for (; i < pictures.count; ++i) tile<rows>(call, panel, workspace + i * pictures.stride, out);
            panel += rows * lanes * (call.in_count * pixels + 1);
        });
    }

private:
    using vector = simd::batch<float>;

    static constexpr int pixels = S.size.pixels() > 0 ? S.size.pixels() : 1;
    static constexpr int step = S.layout.in_step;

    /// Pictures that one tile has sums for.
    static constexpr int together = native_registers == 32 ? 4 : 2;

    /// Sums for each output, so that one addition need not wait for the one before where a tile has few.
    static constexpr int parts_of(int rows) { return rows == 1 ? 8 : rows == 2 ? 4 : 1; }

    template <int Rows>
    [[gnu::always_inline]] static inline void tile_of_pictures(const kernel_call& call, const float* panel,
                                                               float* workspace, int stride, const int* out) {
        vector sum[as_size(Rows)][as_size(together)];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const vector bias = simd::load(panel + r * lanes);
            PLAIT_UNROLL
            for (int i = 0; i < together; ++i) sum[r][i] = bias;
        }
        const float* weight = panel + Rows * lanes;
        const auto take = [&](const float* from) __attribute__((always_inline)) {
            vector w[as_size(Rows)];
            PLAIT_UNROLL
            for (int r = 0; r < Rows; ++r) w[r] = simd::pinned(simd::load(weight + r * lanes));
            PLAIT_UNROLL
            for (int i = 0; i < together; ++i) {
                const vector x(from[i * stride]);
                PLAIT_UNROLL
                for (int r = 0; r < Rows; ++r) sum[r][i] = simd::multiply_add(x, w[r], sum[r][i]);
            }
            weight += Rows * lanes;
        };
        for (int c = 0; c < call.in_count; ++c) {
            for (int p = 0; p < pixels; ++p) take(workspace + call.in[c] + p * step);
        }
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int i = 0; i < together; ++i)
                simd::store(workspace + i * stride + out[r * lanes], sum[r][i]);
        }
    }

    template <int Rows>
    [[gnu::always_inline]] static inline void tile(const kernel_call& call, const float* panel,
                                                   float* workspace, const int* out) {
        constexpr int parts = parts_of(Rows);
        vector sum[as_size(parts)][as_size(Rows)];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            sum[0][r] = simd::load(panel + r * lanes);
            PLAIT_UNROLL
            for (int part = 1; part < parts; ++part) sum[part][r] = vector(0.0F);
        }
        const float* weight = panel + Rows * lanes;
        const auto take = [&](float value, int part) __attribute__((always_inline)) {
            const vector x(value);
            PLAIT_UNROLL
            for (int r = 0; r < Rows; ++r)
                sum[part][r] = simd::multiply_add(x, simd::load(weight + r * lanes), sum[part][r]);
            weight += Rows * lanes;
        };
        if constexpr (pixels == 1) {
            int c = 0;
            for (; c + parts <= call.in_count; c += parts) {
                PLAIT_UNROLL
                for (int part = 0; part < parts; ++part) take(workspace[call.in[c + part]], part);
            }
            for (; c < call.in_count; ++c) take(workspace[call.in[c]], 0);
        } else {
            for (int c = 0; c < call.in_count; ++c) {
                const float* from = workspace + call.in[c];
                for (int p = 0; p + parts <= pixels; p += parts, from += parts * step) {
                    PLAIT_UNROLL
                    for (int part = 0; part < parts; ++part) take(from[part * step], part);
                }
                PLAIT_UNROLL
                for (int part = 0; part < pixels % parts; ++part) take(from[part * step], part);
            }
        }
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int half = parts / 2; half > 0; half /= 2) {
                PLAIT_UNROLL
                for (int part = 0; part < half; ++part) sum[part][r] += sum[part + half][r];
            }
            simd::store(workspace + out[r * lanes], sum[0][r]);
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
