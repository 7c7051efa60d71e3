// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/gather.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/window.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Groups out: vectors run along channels, taps outside the plane are skipped.
template <kernel_shape S>
struct window_groups {
    static constexpr int taps_of_window = S.window.taps();
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<float>;
    static constexpr int lanes = S.lanes;

    /// Per group: [tap][lane], then the bias.
    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * rule::packed;
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        if constexpr (rule::packed > 0) {
            for (int begin = 0; begin < o.out.count; begin += lanes) {
                for (int t = 0; t <= taps_of_window; ++t) {
                    for (int c = begin; c < begin + lanes; ++c) {
                        const bool real = c < o.out.count;
                        const float value = !real                ? 0
                                            : t < taps_of_window ? weights[c * taps_of_window + t]
                                                                 : bias[c];
                        *to++ = value;
                    }
                }
            }
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const float* packed = weights + call.weights;
        for (int begin = 0; begin < call.out_count; begin += lanes, packed += rule::packed * lanes) {
            const float* in = workspace + call.in[begin];
            if constexpr (!S.layout.in_whole_groups) {
                const int count = call.out_count - begin < lanes ? call.out_count - begin : lanes;
                constexpr int pixels = S.size.pixels();  // clang 14 miscompiles it where it is no constant
                gather_group<S.layout.in_step>(workspace, call.in + begin, count, pixels,
                                               workspace + call.scratch);
                in = workspace + call.scratch;
            }
            sweep(in, packed, workspace + call.out[begin]);
        }
    }

private:
    static constexpr extent out = S.out_size();
    static constexpr window_axis rows = S.window.rows;
    static constexpr window_axis across = S.window.columns;
    /// More taps than are worth writing out.
    static constexpr bool is_large = taps_of_window > most_written_taps ||
                                     across.reach() > 4 * most_written_side;
    static constexpr balanced cut = balanced::into(out.width, native_registers == 32 ? 8 : 4);

    /// Columns of the input under the windows of `Width` outputs.
    template <int Width>
    static constexpr int columns_under = (Width - 1) * across.stride + across.reach();

    static constexpr int begin_of(int block) {
        return block * cut.size - (block > cut.full ? block - cut.full : 0);
    }
    static constexpr int width_of(int block) { return block < cut.full ? cut.size : cut.size - 1; }
    /// Whether no window of the block leaves a row.
    static constexpr bool lies_inside(int block) {
        const int last = begin_of(block) + width_of(block) - 1;
        return across.read_by(begin_of(block), 0) >= 0 &&
               across.read_by(last, across.kernel - 1) < S.size.width;
    }
    /// The first block after those like this one: as wide, and inside if that is.
    static constexpr int end_of_run(int block) {
        int end = block + 1;
        while (lies_inside(block) && end < cut.blocks && lies_inside(end) && width_of(end) == width_of(block))
            ++end;
        return end;
    }

    static void sweep(const float* in, const float* packed, float* to) {
        for (int y = 0; y < out.height; ++y) {
            if constexpr (is_large) {
                for (int x = 0; x < out.width; ++x) one_pixel(in, packed, to, y, x);
            } else {
                blocks_from<0>(in, packed, to, y);
            }
        }
    }

    /// Of a window that has more taps than are written out.
    static void one_pixel(const float* in, const float* packed, float* to, int y, int x) {
        vector sum = rule::packed > 0 ? simd::load(packed + taps_of_window * lanes) : vector(rule::outside);
        for (int dy = 0; dy < rows.kernel; ++dy) {
            const int row = rows.read_by(y, dy);
            if (row < 0 || row >= S.size.height) continue;
            for (int dx = 0; dx < across.kernel; ++dx) {
                const int column = across.read_by(x, dx);
                if (column < 0 || column >= S.size.width) continue;
                const vector value = simd::load(in + (row * S.size.width + column) * lanes);
                if constexpr (rule::packed > 0)
                    sum = rule::take(sum, value, simd::load(packed + (dy * across.kernel + dx) * lanes));
                else
                    sum = rule::take(sum, value, value);
            }
        }
        put(sum, to, y * out.width + x);
    }

    [[gnu::always_inline]] static inline void put(vector sum, float* to, int pixel) {
        vector made = rule::finish(sum);
        if constexpr (has_taps_that_do_not_count<S>()) made *= vector(factors_of_mean<S>.of[pixel]);
        simd::store(to + pixel * lanes, activated<S.act>(made));
    }

    /// The blocks of a row from one on. Only what may leave the row is code by itself.
    template <int Block>
    [[gnu::always_inline]] static inline void blocks_from(const float* in, const float* packed, float* to,
                                                          int y) {
        if constexpr (Block < cut.blocks) {
            constexpr int end = end_of_run(Block);
            constexpr int width = width_of(Block);
            if constexpr (end == Block + 1) {
                columns<width, lies_inside(Block)>(in, packed, to, y, constant<begin_of(Block)>{});
            } else {
                for (int x = begin_of(Block); x < begin_of(end); x += width)
                    columns<width, true>(in, packed, to, y, x);
            }
            blocks_from<end>(in, packed, to, y);
        }
    }

    /// `Width` outputs from column `begin` on, whose windows lie `Inside` of the row or may leave it.
    template <int Width, bool Inside, class Column>
    [[gnu::always_inline]] static inline void columns(const float* in, const float* packed, float* to, int y,
                                                      Column begin) {
        vector sum[as_size(Width)];
        if constexpr (rule::packed > 0)
            take_rows<Width, Inside>(sum, in, packed, y, begin);
        else
            join_rows<Width, Inside>(sum, in, y, begin);
        PLAIT_UNROLL
        for (int x = 0; x < Width; ++x) put(sum[x], to, y * out.width + begin + x);
    }

    /// Every tap of every row times its weight.
    template <int Width, bool Inside, class Column>
    [[gnu::always_inline]] static inline void take_rows(vector (&sum)[as_size(Width)], const float* in,
                                                        const float* packed, int y, Column begin) {
        const vector bias = simd::load(packed + taps_of_window * lanes);
        PLAIT_UNROLL
        for (int x = 0; x < Width; ++x) sum[x] = bias;
        PLAIT_UNROLL
        for (int dy = 0; dy < rows.kernel; ++dy) {
            const int row = rows.read_by(y, dy);
            if (row < 0 || row >= S.size.height) continue;
            vector weight[as_size(across.kernel)];
            PLAIT_UNROLL
            for (int dx = 0; dx < across.kernel; ++dx)
                weight[dx] = simd::pinned(simd::load(packed + (dy * across.kernel + dx) * lanes));
            PLAIT_UNROLL
            for (int i = 0; i < columns_under<Width>; ++i) {
                const int column = across.read_by(begin, 0) + i;
                if (!Inside && (column < 0 || column >= S.size.width)) continue;
                const vector value = simd::pinned(simd::load(in + (row * S.size.width + column) * lanes));
                PLAIT_UNROLL
                for (int dx = 0; dx < across.kernel; ++dx) {
                    const int from = i - dx * across.dilation;
                    const int x = from / across.stride;
                    if (from < 0 || from % across.stride != 0 || x >= Width) continue;
                    sum[x] = rule::take(sum[x], value, weight[dx]);
                }
            }
        }
    }

    /// The same where taps have no weights: rows are joined, then columns.
    template <int Width, bool Inside, class Column>
    [[gnu::always_inline]] static inline void join_rows(vector (&sum)[as_size(Width)], const float* in, int y,
                                                        Column begin) {
        vector joined[columns_under<Width>];
        const int first = across.read_by(begin, 0);
        const auto load = [&](int row, int i) __attribute__((always_inline)) {
            return simd::pinned(simd::load(in + (row * S.size.width + first + i) * lanes));
        };
        const auto is_inside = [&](int i) __attribute__((always_inline)) {
            return Inside || (0 <= first + i && first + i < S.size.width);
        };
        constexpr int first_row = rows.tap_always_inside(S.size.height);
        constexpr int first_column = across.tap_always_inside(S.size.width);
        PLAIT_UNROLL
        for (int i = 0; i < columns_under<Width>; ++i) {
            if (first_row < 0)
                joined[i] = vector(rule::outside);
            else if (is_inside(i))
                joined[i] = load(rows.read_by(y, first_row), i);
        }
        PLAIT_UNROLL
        for (int dy = 0; dy < rows.kernel; ++dy) {
            const int row = rows.read_by(y, dy);
            if (dy == first_row || row < 0 || row >= S.size.height) continue;
            PLAIT_UNROLL
            for (int i = 0; i < columns_under<Width>; ++i) {
                if (is_inside(i)) joined[i] = rule::join(joined[i], load(row, i));
            }
        }
        PLAIT_UNROLL
        for (int x = 0; x < Width; ++x) {
            sum[x] = first_column < 0 ? vector(rule::outside)
                                      : joined[x * across.stride + first_column * across.dilation];
            PLAIT_UNROLL
            for (int dx = 0; dx < across.kernel; ++dx) {
                const int i = x * across.stride + dx * across.dilation;
                if (dx != first_column && is_inside(i)) sum[x] = rule::join(sum[x], joined[i]);
            }
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
