// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/kernels/gather.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/tile.hpp"

// Depthwise convolution and pooling: every channel by itself, under a centred window of odd size up to 9.

namespace plait::inline PLAIT_TARGET::detail {

/// What a window does with the values under it. `outside` is what padding counts as.
template <op_kind Kind, int Taps>
struct window_rule;

/// Of windows that add up: padding counts as zero.
struct summing_rule {
    static constexpr float outside = 0;
    template <class V>
    [[gnu::always_inline]] static inline V join(V a, V b) {
        return a + b;
    }
    template <class V>
    [[gnu::always_inline]] static inline V inside(V mask, V x) {
        return x & mask;
    }
};

template <int Taps>
struct window_rule<op_kind::depthwise, Taps> : summing_rule {
    static constexpr int packed = Taps + 1;  ///< weights, then the bias
    template <class V>
    [[gnu::always_inline]] static inline V take(V sum, V x, V weight) {
        return simd::multiply_add(x, weight, sum);
    }
    template <class V>
    [[gnu::always_inline]] static inline V finish(V sum) {
        return sum;
    }
};

template <int Taps>
struct window_rule<op_kind::average_pool, Taps> : summing_rule {
    static constexpr int packed = 0;
    template <class V>
    [[gnu::always_inline]] static inline V take(V sum, V x, V) {
        return sum + x;
    }
    template <class V>
    [[gnu::always_inline]] static inline V finish(V sum) {
        return sum * V(typename V::value_type(1.0 / Taps));
    }
};

template <int Taps>
struct window_rule<op_kind::max_pool, Taps> {
    static constexpr int packed = 0;
    static constexpr float outside = -std::numeric_limits<float>::infinity();
    template <class V>
    [[gnu::always_inline]] static inline V take(V sum, V x, V) {
        return simd::maximum(sum, x);
    }
    template <class V>
    [[gnu::always_inline]] static inline V join(V a, V b) {
        return simd::maximum(a, b);
    }
    template <class V>
    [[gnu::always_inline]] static inline V inside(V mask, V x) {
        return simd::select_bits(mask, x, V(typename V::value_type(outside)));
    }
    template <class V>
    [[gnu::always_inline]] static inline V finish(V sum) {
        return sum;
    }
};

/// All bits set where a lane counts. `from(k)`: lanes k and on; `before(k)`: lanes up to but not with k.
template <int Lanes>
struct lane_masks {
    alignas(cache_line_bytes) unsigned bits[3 * Lanes]{};
    constexpr lane_masks() {
        for (int i = 0; i < Lanes; ++i) bits[Lanes + i] = ~0U;
    }
    static constexpr int clamped(int k) { return k < 0 ? 0 : k > Lanes ? Lanes : k; }
    const unsigned* from(int k) const { return bits + Lanes - clamped(k); }
    const unsigned* before(int k) const { return bits + 2 * Lanes - clamped(k); }
};
template <int Lanes>
inline constexpr lane_masks<Lanes> masks_of_lanes{};

/// By column of a row of `Width`, for vectors that begin at any column: set where column + `Shift` is inside.
template <int Width, int Shift, int Lanes>
struct column_masks {
    alignas(cache_line_bytes) unsigned bits[Width + Lanes]{};
    constexpr column_masks() {
        for (int i = 0; i < Width + Lanes; ++i) {
            const int column = i % Width - Shift;
            bits[i] = 0 <= column && column < Width ? ~0U : 0U;
        }
    }
};
template <int Width, int Shift, int Lanes>
inline constexpr column_masks<Width, Shift, Lanes> masks_of_columns{};

template <class T>
[[gnu::always_inline]] inline simd::batch<T> load_mask(const unsigned* bits) {
    static_assert(sizeof(T) == sizeof(unsigned));
    return simd::load_unaligned(reinterpret_cast<const T*>(bits));
}

/// Planes in, planes out. A plane is swept as one row of pixels: vectors need not begin or end with rows. The
/// taps of one column shift are summed first; whole sums are then shifted by a lane or two.
template <kernel_shape S, class T>
struct window_planes {
    static constexpr int taps_of_window = S.kernel * S.kernel;
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<T>;

    static constexpr long long packed_size(const op& o) { return rounded_up(o.out.count * rule::packed, 16); }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        if constexpr (rule::packed > 0) {
            for (int c = 0; c < o.out.count; ++c) {
                for (int t = 0; t < taps_of_window; ++t) *to++ = T(weights[c * taps_of_window + t]);
                *to++ = T(bias[c]);
            }
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        const T* packed = weights + call.weights;
        if constexpr (S.stride == 1 && fills_vectors) {
            for (int c = 0; c < call.out_count; ++c)
                sweep_columns(workspace + call.in[c], packed + c * rule::packed, workspace + call.out[c]);
        } else if constexpr (S.stride == 1) {
            for (int c = 0; c < call.out_count; ++c)
                sweep(workspace + call.in[c], packed + c * rule::packed, workspace + call.out[c]);
        } else if constexpr (splits_in_registers(S)) {
            for (int c = 0; c < call.out_count; ++c)
                sweep_rows(workspace + call.in[c], packed + c * rule::packed, workspace + call.out[c]);
        } else {
            for (int begin = 0; begin < call.out_count; begin += split_channels) {
                const int end =
                    begin + split_channels < call.out_count ? begin + split_channels : call.out_count;
                T* scratch = workspace + call.scratch;
                for (int c = begin; c < end; ++c)
                    split(workspace + call.in[c], scratch + (c - begin) * phases * phase_pitch);
                for (int c = begin; c < end; ++c)
                    sweep(scratch + (c - begin) * phases * phase_pitch, packed + c * rule::packed,
                          workspace + call.out[c]);
            }
        }
    }

private:
    static constexpr int lanes = S.lanes;
    static constexpr extent out = S.size / S.stride;
    static constexpr int pixels = out.pixels();
    static constexpr int vectors = (pixels + lanes - 1) / lanes;
    static constexpr int phases = S.stride * S.stride;
    static constexpr int phase_pitch = plane_pitch(pixels + lanes);
    using tap = taps<S.kernel, S.stride>;
    static constexpr int shifts = tap::shifts;
    static constexpr auto every_shift = std::make_integer_sequence<int, shifts>{};
    /// Vectors that cover a row; the last may overlap the one before.
    static constexpr int vectors_of_row = (out.width + lanes - 1) / lanes;
    /// Whether a window of 3 had better go row by row: few lanes would be idle or do the same twice.
    static constexpr bool fills_vectors = S.kernel == 3 && 4 * vectors_of_row * lanes <= 5 * out.width;
    /// Whether every vector is whole rows: then no sum crosses from one vector to the next.
    static constexpr bool whole_rows = lanes % out.width == 0;

    struct sums {
        vector of[shifts];
    };

    /// One plane for each residue of row and column modulo the stride.
    static void split(const T* plane, T* to) {
        for (int y = 0; y < S.size.height; ++y) {
            T* runs[S.stride];
            T* const row = to + y % S.stride * S.stride * phase_pitch + y / S.stride * out.width;
            for (int phase = 0; phase < S.stride; ++phase) runs[phase] = row + phase * phase_pitch;
            split_columns<S.stride>(plane + y * S.size.width, out.width, runs);
        }
    }

    [[gnu::always_inline]] static inline vector nothing() { return vector(T(rule::outside)); }

    struct channel_weights {
        vector tap[taps_of_window];
        vector bias;
    };

    [[gnu::always_inline]] static inline channel_weights load_weights(const T* packed) {
        channel_weights w;
        if constexpr (rule::packed > 0) {
            PLAIT_UNROLL
            for (int t = 0; t < taps_of_window; ++t) w.tap[t] = vector(packed[t]);
        }
        w.bias = rule::packed > 0 ? vector(packed[taps_of_window]) : nothing();
        return w;
    }

    [[gnu::always_inline]] static inline sums no_sums(vector bias) {
        sums s;
        PLAIT_UNROLL
        for (int i = 0; i < shifts; ++i) s.of[i] = i == -tap::first_shift ? bias : nothing();
        return s;
    }

    [[gnu::always_inline]] static inline void take_row(sums& s, const vector (&x)[S.stride], int dy,
                                                       const channel_weights& weights) {
        PLAIT_UNROLL
        for (int dx = 0; dx < S.kernel; ++dx) {
            vector& sum = s.of[tap::shift(dx) - tap::first_shift];
            sum = rule::take(sum, x[tap::phase(dx)], weights.tap[dy * S.kernel + dx]);
        }
    }

    /// The sums of each column shift for the vector of pixels that begins at `at`. `Border`: some rows of the
    /// window may lie above or below the plane.
    template <bool Border>
    [[gnu::always_inline]] static inline sums sums_at(const T* in, int at, const channel_weights& weights) {
        sums s = no_sums(weights.bias);
        PLAIT_UNROLL
        for (int dy = 0; dy < S.kernel; ++dy) {
            const int row_shift = tap::shift(dy);
            vector x[S.stride];
            PLAIT_UNROLL
            for (int phase = 0; phase < S.stride; ++phase) {
                const int run = (tap::phase(dy) * S.stride + phase) * phase_pitch;
                x[phase] = simd::pinned(simd::load_unaligned(in + run + at + row_shift * out.width));
                if (Border && row_shift < 0)
                    x[phase] = rule::inside(
                        load_mask<T>(masks_of_lanes<lanes>.from(-row_shift * out.width - at)), x[phase]);
                if (Border && row_shift > 0)
                    x[phase] = rule::inside(
                        load_mask<T>(masks_of_lanes<lanes>.before(pixels - row_shift * out.width - at)),
                        x[phase]);
            }
            take_row(s, x, dy, weights);
        }
        return s;
    }

    /// Drops from the sums of a shift what the window would read over the edge of a row.
    template <int Shift>
    [[gnu::always_inline]] static inline vector inside_columns(vector sum, int column) {
        if constexpr (Shift == 0)
            return sum;
        else
            return rule::inside(load_mask<T>(masks_of_columns<out.width, Shift, lanes>.bits + column), sum);
    }

    template <int... Shift>
    [[gnu::always_inline]] static inline void mask_columns(sums& s, int column,
                                                           std::integer_sequence<int, Shift...>) {
        ((s.of[Shift] = inside_columns<Shift + tap::first_shift>(s.of[Shift], column)), ...);
    }

    /// The sums of one shift where the outputs are that read them.
    template <int Shift>
    [[gnu::always_inline]] static inline vector aligned_sum(const sums& before, const sums& now,
                                                            const sums& after) {
        constexpr int i = Shift - tap::first_shift;
        if constexpr (Shift < 0)
            return simd::window<lanes + Shift>(before.of[i], now.of[i]);
        else if constexpr (Shift > 0)
            return simd::window<Shift>(now.of[i], after.of[i]);
        else
            return now.of[i];
    }

    template <int... Shift>
    [[gnu::always_inline]] static inline vector total(const sums& before, const sums& now, const sums& after,
                                                      std::integer_sequence<int, Shift...>) {
        vector result = now.of[-tap::first_shift];
        ((Shift + tap::first_shift == 0
              ? void()
              : void(result = rule::join(result, aligned_sum<Shift + tap::first_shift>(before, now, after)))),
         ...);
        return activated<S.act, T>(rule::finish(result));
    }

    /// What the three taps of a row read.
    struct row_taps {
        vector x[3];
    };

    /// Of the outputs from `Column` on.
    template <int Column>
    [[gnu::always_inline]] static inline row_taps load_taps(const T* row) {
        row_taps taps;
        PLAIT_UNROLL
        for (int dx = 0; dx < 3; ++dx) taps.x[dx] = simd::pinned(simd::load_unaligned(row + Column + dx - 1));
        if constexpr (Column == 0)
            taps.x[0] = rule::inside(load_mask<T>(masks_of_lanes<lanes>.from(1)), taps.x[0]);
        if constexpr (Column + lanes >= out.width)
            taps.x[2] =
                rule::inside(load_mask<T>(masks_of_lanes<lanes>.before(out.width - 1 - Column)), taps.x[2]);
        return taps;
    }

    [[gnu::always_inline]] static inline vector take_taps(vector sum, const row_taps& taps, int dy,
                                                          const channel_weights& weights) {
        PLAIT_UNROLL
        for (int dx = 0; dx < 3; ++dx) sum = rule::take(sum, taps.x[dx], weights.tap[dy * 3 + dx]);
        return sum;
    }

    /// Where a vector of a row begins: the last ends with the row.
    static constexpr int first_column(int vector_of_row) {
        const int last = out.width > lanes ? out.width - lanes : 0;
        return vector_of_row * lanes < last ? vector_of_row * lanes : last;
    }

    /// Windows of 3, stride 1: from top to bottom, so that a row is loaded once for the three it counts in.
    static void sweep_columns(const T* in, const T* packed, T* to) {
        const channel_weights weights = load_weights(packed);
        [&]<int... Vector>(std::integer_sequence<int, Vector...>) {
            (sweep_column<first_column(Vector)>(in, weights, to), ...);
        }
        (std::make_integer_sequence<int, vectors_of_row>{});
    }

    template <int Column>
    [[gnu::always_inline]] static inline void sweep_column(const T* in, const channel_weights& weights,
                                                           T* to) {
        const row_taps outside{{nothing(), nothing(), nothing()}};
        row_taps above = outside;
        row_taps here = load_taps<Column>(in);
        const auto total_with = [&](const row_taps& below) __attribute__((always_inline)) {
            vector sum = take_taps(weights.bias, above, 0, weights);
            sum = take_taps(sum, here, 1, weights);
            sum = take_taps(sum, below, 2, weights);
            return activated<S.act, T>(rule::finish(sum));
        };
        for (int y = 0; y + 1 < out.height; ++y) {
            const row_taps below = load_taps<Column>(in + (y + 1) * out.width);
            simd::store_unaligned(to + y * out.width + Column, total_with(below));
            above = here;
            here = below;
        }
        const vector last = total_with(outside);
        T* const at = to + (out.height - 1) * out.width + Column;
        if constexpr (out.width < lanes)
            store_first<out.width>(at, last);
        else
            simd::store_unaligned(at, last);
    }

    /// Even and odd columns of a row, from some column on, in parted order.
    struct parted {
        vector x[2];
    };

    [[gnu::always_inline]] static inline parted part(vector a, vector b) {
        return {{simd::even_parted(a, b), simd::odd_parted(a, b)}};
    }

    [[gnu::always_inline]] static inline vector load_row(const T* in, int y, int column) {
        return 0 <= y && y < S.size.height
                   ? simd::pinned(simd::load_unaligned(in + y * S.size.width + column))
                   : nothing();
    }

    /// Of sums in parted order: each output's own and those of the column before it, the first of a row's
    /// from the vector `before`.
    [[gnu::always_inline]] static inline vector total_in_order(vector before, const sums& made) {
        const auto own = [](int lane) constexpr { return simd::parted_lane<T>(lane); };
        const auto left = [](int lane) constexpr {
            return lane % out.width == 0 ? simd::parted_lane<T>(lanes - 1)
                                         : lanes + simd::parted_lane<T>(lane - 1);
        };
        const vector sum = rule::join(simd::permute_by(own, made.of[1], made.of[1]),
                                      simd::permute_by(left, before, made.of[0]));
        return activated<S.act, T>(rule::finish(sum));
    }

    /// Windows of 3, stride 2: even and odd columns part in registers.
    static void sweep_rows(const T* in, const T* packed, T* to) {
        const channel_weights weights = load_weights(packed);
        if constexpr (2 * out.width == lanes && out.height % 2 == 0)
            sweep_pairs_of_rows(in, weights, to);
        else
            sweep_single_rows(in, weights, to);
    }

    static void sweep_pairs_of_rows(const T* in, const channel_weights& weights, T* to) {
        for (int y = 0; y < out.height; y += 2) {
            sums made = no_sums(weights.bias);
            PLAIT_UNROLL
            for (int dy = 0; dy < 3; ++dy) {
                const int row = 2 * y + dy - 1;
                take_row(made, part(load_row(in, row, 0), load_row(in, row + 2, 0)).x, dy, weights);
            }
            simd::store(to + y * out.width, total_in_order(nothing(), made));
        }
    }

    /// Where vectors do not fill a row they overlap: each but the first has a wrong first lane, since it does
    /// not know the sum before, and the next one to the left overwrites it.
    static void sweep_single_rows(const T* in, const channel_weights& weights, T* to) {
        constexpr bool overlap = out.width % lanes != 0;
        constexpr int count = overlap ? 1 + (out.width - 2) / (lanes - 1) : out.width / lanes;
        parted above[count];
        PLAIT_UNROLL
        for (int i = 0; i < count; ++i) above[i] = {{nothing(), nothing()}};
        for (int y = 0; y < out.height; ++y) {
            vector before = nothing();
            PLAIT_UNROLL_BY_4
            for (int i = 0; i < count; ++i) {
                const int from_right = out.width - lanes - i * (lanes - 1);
                const int column = !overlap ? i * lanes : from_right > 0 ? from_right : 0;
                const auto row = [&](int in_y) __attribute__((always_inline)) {
                    return part(load_row(in, in_y, 2 * column), load_row(in, in_y, 2 * column + lanes));
                };
                sums made = no_sums(weights.bias);
                take_row(made, above[i].x, 0, weights);
                take_row(made, row(2 * y).x, 1, weights);
                above[i] = row(2 * y + 1);
                take_row(made, above[i].x, 2, weights);
                const vector total = total_in_order(before, made);
                T* const at = to + y * out.width + column;
                if constexpr (!overlap) {
                    simd::store(at, total);
                    before = made.of[0];
                } else if (out.width > lanes || y + 1 < out.height) {
                    simd::store_unaligned(at, total);
                } else {
                    store_first<out.width % lanes>(at, total);
                }
            }
        }
    }

    static void sweep(const T* in, const T* packed, T* to) {
        const channel_weights weights = load_weights(packed);
        const sums none = no_sums(nothing());
        constexpr bool looks_ahead = !whole_rows && tap::last_shift > 0;
        sums before = none;
        sums now = none;
        int column = 0;
        const auto step = [&](auto border, int v) __attribute__((always_inline)) {
            sums made = sums_at<decltype(border)::value>(in, v * lanes, weights);
            mask_columns(made, column, every_shift);
            if constexpr (!whole_rows) {
                column += lanes % out.width;
                if (column >= out.width) column -= out.width;
            }
            if constexpr (whole_rows) {
                simd::store(to + v * lanes, total(none, made, none, every_shift));
            } else if constexpr (looks_ahead) {
                if (v > 0) simd::store(to + (v - 1) * lanes, total(before, now, made, every_shift));
                before = now;
                now = made;
            } else {
                simd::store(to + v * lanes, total(before, made, none, every_shift));
                before = made;
            }
        };

        constexpr int top = -tap::first_shift * out.width;
        constexpr int bottom = pixels - tap::last_shift * out.width;
        constexpr int top_end = (top + lanes - 1) / lanes < vectors ? (top + lanes - 1) / lanes : vectors;
        constexpr int inner_end = bottom / lanes > top_end ? bottom / lanes : top_end;
        int v = 0;
        for (; v < top_end; ++v) step(std::true_type{}, v);
        for (; v < inner_end; ++v) step(std::false_type{}, v);
        for (; v < vectors; ++v) step(std::true_type{}, v);
        if constexpr (looks_ahead)
            simd::store(to + (vectors - 1) * lanes, total(before, now, none, every_shift));
    }
};

/// Groups out: vectors run along channels, taps outside the plane are skipped.
template <kernel_shape S, class T>
struct window_groups {
    static constexpr int taps_of_window = S.kernel * S.kernel;
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<T>;
    static constexpr int lanes = S.lanes;

    /// Per group: [tap][lane], then the bias.
    static constexpr long long packed_size(const op& o) {
        return 1LL * rounded_up(o.out.count, lanes) * rule::packed;
    }

    static void pack(const op& o, const float* weights, const float* bias, T* to) {
        if constexpr (rule::packed > 0) {
            for (int begin = 0; begin < o.out.count; begin += lanes) {
                for (int t = 0; t <= taps_of_window; ++t) {
                    for (int c = begin; c < begin + lanes; ++c) {
                        const bool real = c < o.out.count;
                        const float value = !real                ? 0
                                            : t < taps_of_window ? weights[c * taps_of_window + t]
                                                                 : bias[c];
                        *to++ = T(value);
                    }
                }
            }
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const T* weights, T* workspace) {
        const T* packed = weights + call.weights;
        for (int begin = 0; begin < call.out_count; begin += lanes, packed += rule::packed * lanes) {
            const T* in = workspace + call.in[begin];
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
    static constexpr extent out = S.size / S.stride;
    static constexpr balanced cut = balanced::into(out.width, native_registers == 32 ? 8 : 4);

    static void sweep(const T* in, const T* packed, T* to) {
        for (int y = 0; y < out.height; ++y) {
            constexpr auto blocks = std::make_integer_sequence<int, cut.blocks>{};
            [&]<int... Block>(std::integer_sequence<int, Block...>) {
                (columns<Block>(in, packed, to, y), ...);
            }
            (blocks);
        }
    }

    template <int Block>
    [[gnu::always_inline]] static inline void columns(const T* in, const T* packed, T* to, int y) {
        constexpr int full = Block < cut.full ? Block : cut.full;
        constexpr int begin = full * cut.size + (Block - full) * (cut.size - 1);
        constexpr int width = Block < cut.full ? cut.size : cut.size - 1;
        vector sum[width];
        vector start = vector(T(rule::outside));
        if constexpr (rule::packed > 0) start = simd::load(packed + taps_of_window * lanes);
        PLAIT_UNROLL
        for (int x = 0; x < width; ++x) sum[x] = start;
        PLAIT_UNROLL
        for (int dy = 0; dy < S.kernel; ++dy) {
            const int row = y * S.stride + dy - S.kernel / 2;
            if (row < 0 || row >= S.size.height) continue;
            vector weight[S.kernel];
            PLAIT_UNROLL
            for (int dx = 0; dx < S.kernel; ++dx) {
                if constexpr (rule::packed > 0)
                    weight[dx] = simd::pinned(simd::load(packed + (dy * S.kernel + dx) * lanes));
            }
            PLAIT_UNROLL
            for (int i = 0; i < (width - 1) * S.stride + S.kernel; ++i) {
                const int column = begin * S.stride - S.kernel / 2 + i;
                if (column < 0 || column >= S.size.width) continue;
                const vector value = simd::pinned(simd::load(in + (row * S.size.width + column) * lanes));
                PLAIT_UNROLL
                for (int dx = 0; dx < S.kernel; ++dx) {
                    const int x = (i - dx) / S.stride;
                    if (i < dx || (i - dx) % S.stride != 0 || x >= width) continue;
                    sum[x] = rule::take(sum[x], value, weight[dx]);
                }
            }
        }
        PLAIT_UNROLL
        for (int x = 0; x < width; ++x)
            simd::store(to + (y * out.width + begin + x) * lanes, activated<S.act, T>(rule::finish(sum[x])));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
