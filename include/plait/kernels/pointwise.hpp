// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "plait/core/as_size.hpp"
#include "plait/graph/op.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/panels.hpp"
#include "plait/kernels/tile_size.hpp"

// Pointwise (1 x 1) convolution. Weights come as [output][input].

namespace plait::inline PLAIT_TARGET::detail {

/// Planes in, planes out: vectors run along pixels, weights are broadcast.
template <kernel_shape S>
struct pointwise_planes {
    static constexpr int lanes = S.lanes;

    static constexpr long long packed_size(const op& o) {
        return rounded_up(o.out.count * (o.group_inputs() + 1) + (S.shared_remainder ? lanes : 0), 16);
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const auto pack_one = [&](const float* from, const float* bias_from, float* put) {
            pack_plane_panels<S>(o.group_outputs(), o.group_inputs(), from, bias_from, put);
        };
        pack_groups(o, o.group_outputs() * (o.group_inputs() + 1), weights, bias, to, pack_one);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        for (int g = 0; g < call.groups; ++g)
            run_group(call.group(g, call.out_count * (call.in_count + 1)), weights, workspace);
    }

private:
    [[gnu::always_inline]] static inline void run_group(const kernel_call& call, const float* weights,
                                                        float* workspace) {
        const int pixels = call.out_size.pixels();
        const int vectors = S.shared_remainder ? pixels / lanes : (pixels + lanes - 1) / lanes;
        for_each_block<S.columns, S.uneven_columns>(vectors, S.most_columns, [&](auto columns, int column) {
            const float* panel = weights + call.weights;
            float* at = workspace + column * lanes;
            for_each_block<S.rows, S.uneven_rows>(call.out_count, S.most_rows, [&](auto rows, int row) {
                tile<rows, columns>(at, call.in, call.in_count, panel, call.out + row);
                panel += rows * (call.in_count + 1);
            });
        });
        if constexpr (S.shared_remainder) {
            const float* panel = weights + call.weights;
            for_each_block<S.rows, S.uneven_rows>(call.out_count, S.most_rows, [&](auto rows, int row) {
                tile_of_remainder<rows>(workspace + vectors * lanes, call.in, call.in_count, panel,
                                        call.out + row);
                panel += rows * (call.in_count + 1);
            });
        }
    }

    /// `shared_pixels` of several outputs in one vector. Reads up to a vector of weights past its panel.
    template <int Rows>
    [[gnu::always_inline]] static inline void tile_of_remainder(float* at, const int* in, int depth,
                                                                const float* panel, const int* out) {
        using vector = simd::batch<float>;
        constexpr int outputs = lanes / shared_pixels;
        constexpr int vectors = (Rows + outputs - 1) / outputs;
        constexpr int parts = 4;
        constexpr auto pixel = [](int lane) constexpr { return lane % shared_pixels; };
        constexpr auto output = [](int lane) constexpr { return lane / shared_pixels; };
        const auto spread = [](const float* from, auto index) __attribute__((always_inline)) {
            const vector x = simd::load_unaligned(from);
            return simd::permute_by(index, x, x);
        };
        vector sum[as_size(parts)][as_size(vectors)];
        PLAIT_UNROLL
        for (int v = 0; v < vectors; ++v) {
            sum[0][v] = spread(panel + v * outputs, output);
            PLAIT_UNROLL
            for (int part = 1; part < parts; ++part) sum[part][v] = vector(0.0F);
        }
        const float* weight = panel + Rows;
        const auto step = [&](int k, int part) __attribute__((always_inline)) {
            const vector x = spread(at + in[k], pixel);
            PLAIT_UNROLL
            for (int v = 0; v < vectors; ++v)
                sum[part][v] = simd::multiply_add(x, spread(weight + v * outputs, output), sum[part][v]);
            weight += Rows;
        };
        int k = 0;
        for (; k + parts <= depth; k += parts) {
            PLAIT_UNROLL
            for (int part = 0; part < parts; ++part) step(k + part, part);
        }
        for (; k < depth; ++k) step(k, 0);
        const tile_activation<S.act> activate;
        alignas(cache_line_bytes) float values[as_size(vectors * lanes)];
        PLAIT_UNROLL
        for (int v = 0; v < vectors; ++v)
            simd::store(values + v * lanes, activate((sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v])));
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r)
            std::memcpy(at + out[r], values + r * shared_pixels, sizeof(float) * shared_pixels);
    }

    template <int Rows, int Columns>
    [[gnu::always_inline]] static inline void tile(float* at, const int* in, int depth, const float* panel,
                                                   const int* out) {
        using vector = simd::batch<float>;
        vector sum[as_size(Rows)][as_size(Columns)];
        begin_tile<Rows, Columns>(sum, panel);
        const float* weight = panel + Rows;
        PLAIT_UNROLL_BY_4
        for (int k = 0; k < depth; ++k, weight += Rows) {
            const float* from = at + in[k];
            vector x[as_size(Columns)];
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c) x[c] = simd::pinned(simd::load(from + c * lanes));
            step_tile<Rows, Columns>(sum, x, weight);
        }
        const tile_activation<S.act> activate;
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c) simd::store(at + out[r] + c * lanes, activate(sum[r][c]));
        }
    }
};

/// Planes or groups in, groups out: vectors run along output channels, inputs are broadcast from any slot.
template <kernel_shape S>
struct pointwise_groups : packs_groups<S> {
    static constexpr int lanes = S.lanes;

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        run(call, weights, workspace, {});
    }

    /// Several pictures, panel by panel, so that weights are read from afar once.
    [[gnu::always_inline]] static inline void run(const kernel_call& call, const float* weights,
                                                  float* workspace, picture_run pictures) {
        const long long packed = packs_groups<S>::values_of_group(call.out_count, call.in_count);
        for (int g = 0; g < call.groups; ++g) run_group(call.group(g, packed), weights, workspace, pictures);
    }

private:
    [[gnu::always_inline]] static inline void run_group(const kernel_call& call, const float* weights,
                                                        float* workspace, picture_run pictures) {
        const float* panel = weights + call.weights;
        for_each_block<S.rows, S.uneven_rows>(vectors(call.out_count), S.most_rows, [&](auto rows, int row) {
            for (int i = 0; i < pictures.count; ++i) {
                float* const picture = workspace + i * pictures.stride;
                const auto cut = [&](auto pixels, int pixel) {
                    tile<rows, pixels>(picture + pixel * S.layout.in_step, call.in, call.in_count, panel,
                                       picture + pixel * lanes, call.out + row * lanes);
                };
                for_each_block<S.columns, S.uneven_columns>(call.out_size.pixels(), S.most_columns, cut);
            }
            panel += rows * lanes * (call.in_count + 1);
        });
    }

    static constexpr int vectors(int outputs) { return (outputs + lanes - 1) / lanes; }

    template <int Rows, int Pixels>
    [[gnu::always_inline]] static inline void tile(const float* at, const int* in, int depth,
                                                   const float* panel, float* to, const int* out) {
        using vector = simd::batch<float>;
        vector sum[as_size(Rows)][as_size(Pixels)];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const vector bias = simd::load(panel + r * lanes);
            PLAIT_UNROLL
            for (int p = 0; p < Pixels; ++p) sum[r][p] = bias;
        }
        const float* weight = panel + Rows * lanes;
        for (int k = 0; k < depth; ++k, weight += Rows * lanes) {
            const float* from = at + in[k];
            if constexpr (S.in_groups()) ask_for_group<Pixels * lanes>(from + Pixels * lanes, k);
            vector w[as_size(Rows)];
            PLAIT_UNROLL
            for (int r = 0; r < Rows; ++r) w[r] = simd::pinned(simd::load(weight + r * lanes));
            PLAIT_UNROLL
            for (int p = 0; p < Pixels; ++p) {
                const vector x(from[p * S.layout.in_step]);
                PLAIT_UNROLL
                for (int r = 0; r < Rows; ++r) sum[r][p] = simd::multiply_add(x, w[r], sum[r][p]);
            }
        }
        const tile_activation<S.act> activate;
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int p = 0; p < Pixels; ++p)
                simd::store(to + out[r * lanes] + p * lanes, activate(sum[r][p]));
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
