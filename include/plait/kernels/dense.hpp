// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/panels.hpp"

// Dense k x k convolution. Weights come as [output][input][kernel row][kernel column].

namespace plait::inline PLAIT_TARGET::detail {

/// Planes in, planes out. The input rows of a few output rows are copied with zero borders, cut by stride;
/// a tile then meets no edge.
template <kernel_shape S, class T>
struct dense_planes {
    static constexpr int lanes = S.lanes;
    static constexpr int taps_of_window = S.kernel * S.kernel;

    static constexpr long long packed_size(const op& o) {
        return rounded_up(o.out.count * (o.fan_in() + 1), 16);
    }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        pack_plane_panels<S>(o.out.count, o.fan_in(), weights, bias, to);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        T* const scratch = workspace + call.scratch;
        for (int begin = 0; begin < out.height; begin += S.row_block) {
            const int end = begin + S.row_block < out.height ? begin + S.row_block : out.height;
            for (int c = 0; c < call.in_count; ++c)
                fill(workspace + call.in[c], begin, scratch + c * channel_floats);
            const T* panel = weights + call.weights;
            const int depth = call.in_count * taps_of_window;
            for_each_block<S.rows, S.uneven_rows>(call.out_count, S.most_rows, [&](auto rows, int row) {
                for (int y = begin; y < end; ++y) {
                    const T* from = scratch + (y - begin) * S.stride * S.stride * pitch;
                    const auto cut = [&](auto columns, int column) {
                        const int at = column * lanes;
                        tile<rows, columns>(from + at, call.in_count, panel, workspace + y * out.width + at,
                                            call.out + row, out.width - at);
                    };
                    for_each_block<S.columns, S.uneven_columns>(vectors, S.most_columns, cut);
                }
                panel += rows * (depth + 1);
            });
        }
    }

private:
    static constexpr extent out = S.size / S.stride;
    static constexpr int vectors = (out.width + lanes - 1) / lanes;
    static constexpr dense_scratch scratch_shape = dense_scratch::of(S);
    static constexpr int pitch = scratch_shape.pitch;
    static constexpr int channel_floats = scratch_shape.channel_floats(S.stride);
    using tap = taps<S.kernel, S.stride>;

    /// Where the first column of a run lies: aligned, with room for padding before it.
    static constexpr int first_column = lanes;

    /// The input rows that output rows from `begin` on read: [row][phase][column].
    static void fill(const T* plane, int begin, T* to) {
        for (int r = 0; r < scratch_shape.rows; ++r, to += S.stride * pitch) {
            const int y = begin * S.stride + r - S.kernel / 2;
            if (y < 0 || y >= S.size.height) {
                for (int i = 0; i < S.stride * pitch; ++i) to[i] = T{};
                continue;
            }
            T* runs[S.stride];
            for (int phase = 0; phase < S.stride; ++phase) runs[phase] = to + phase * pitch + first_column;
            split_columns<S.stride>(plane + y * S.size.width, out.width, runs);
            for (int phase = 0; phase < S.stride; ++phase) {
                for (int i = tap::first_shift; i < 0; ++i) runs[phase][i] = T{};
                for (int i = 0; i < tap::last_shift; ++i) runs[phase][out.width + i] = T{};
            }
        }
    }

    template <int Rows, int Columns>
    [[gnu::always_inline]] static inline void tile(const T* from, int channels, const T* panel, T* to,
                                                   const int* rows_at, int columns_left) {
        using vector = simd::batch<T>;
        vector sum[Rows][Columns];
        begin_tile(sum, panel);
        const T* weight = panel + Rows;
        for (int channel = 0; channel < channels; ++channel, from += channel_floats) {
            for (int dy = 0; dy < S.kernel; ++dy) {
                PLAIT_UNROLL
                for (int dx = 0; dx < S.kernel; ++dx, weight += Rows) {
                    const T* at =
                        from + (dy * S.stride + tap::phase(dx)) * pitch + first_column + tap::shift(dx);
                    vector x[Columns];
                    PLAIT_UNROLL
                    for (int c = 0; c < Columns; ++c)
                        x[c] = simd::pinned(simd::load_unaligned(at + c * lanes));
                    step_tile(sum, x, weight);
                }
            }
        }
        const tile_activation<S.act, T> activate;
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c)
                put(to + rows_at[r] + c * lanes, activate(sum[r][c]), columns_left - c * lanes);
        }
    }

    /// Stores what is left of a row, and no more: what follows may be another channel.
    [[gnu::always_inline]] static inline void put(T* to, simd::batch<T> x, int columns_left) {
        if (out.width % lanes == 0 || columns_left >= lanes) {
            simd::store_unaligned(to, x);
        } else {
            store_first<out.width % lanes>(to, x);
        }
    }
};

/// Groups out, from planes or groups: vectors run along output channels; taps outside the plane are skipped.
template <kernel_shape S, class T>
struct dense_groups {
    static constexpr int lanes = S.lanes;
    static constexpr int taps_of_window = S.kernel * S.kernel;

    /// In depth: [tap][input].
    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * (o.fan_in() + 1);
    }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        const int inputs = o.in.count;
        const auto weight = [&](int output, int k) {
            return weights[(output * inputs + k % inputs) * taps_of_window + k / inputs];
        };
        pack_group_panels<S>(o.out.count, o.fan_in(), weight, bias, to);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        const T* panel = weights + call.weights;
        for_each_block<S.rows, S.uneven_rows>(vectors(call.out_count), S.most_rows, [&](auto rows, int row) {
            for (int y = 0; y < out.height; ++y) {
                for (int x = 0; x < out.width; ++x) pixel<rows>(call, panel, workspace, row, y, x);
            }
            panel += rows * lanes * (call.in_count * taps_of_window + 1);
        });
    }

private:
    static constexpr extent out = S.size / S.stride;
    static constexpr int vectors(int outputs) { return (outputs + lanes - 1) / lanes; }

    template <int Rows>
    [[gnu::always_inline]] static inline void pixel(const kernel_call& call, const T* panel, T* workspace,
                                                    int row, int y, int x) {
        using vector = simd::batch<T>;
        vector sum[Rows];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) sum[r] = simd::load(panel + r * lanes);
        for (int t = 0; t < taps_of_window; ++t) {
            const int from_y = y * S.stride + t / S.kernel - S.kernel / 2;
            const int from_x = x * S.stride + t % S.kernel - S.kernel / 2;
            if (from_y < 0 || from_y >= S.size.height || from_x < 0 || from_x >= S.size.width) continue;
            const T* at = workspace + (from_y * S.size.width + from_x) * S.layout.in_step;
            const T* weight = panel + (1 + t * call.in_count) * Rows * lanes;
            for (int k = 0; k < call.in_count; ++k, weight += Rows * lanes) {
                const vector value(at[call.in[k]]);
                PLAIT_UNROLL
                for (int r = 0; r < Rows; ++r)
                    sum[r] = simd::multiply_add(value, simd::load(weight + r * lanes), sum[r]);
            }
        }
        const tile_activation<S.act, T> activate;
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r)
            simd::store(workspace + call.out[(row + r) * lanes] + (y * out.width + x) * lanes,
                        activate(sum[r]));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
