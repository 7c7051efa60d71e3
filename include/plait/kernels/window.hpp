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
        if constexpr (S.stride == 1) {
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

    /// Stride 2 where rows fill vectors, or two rows one: even and odd columns part in registers.
    static void sweep_rows(const T* in, const T* packed, T* to) {
        constexpr auto every_shift = std::make_integer_sequence<int, shifts>{};
        constexpr int rows = out.width < lanes ? lanes / out.width : 1;
        constexpr int vectors_of_row = out.width < lanes ? 1 : out.width / lanes;
        const channel_weights weights = load_weights(packed);
        const sums none = no_sums(nothing());
        const auto load_row = [&](int y, int at) __attribute__((always_inline)) {
            return y < 0 || y >= S.size.height
                       ? nothing()
                       : simd::pinned(simd::load_unaligned(in + y * S.size.width + at));
        };
        for (int y = 0; y < out.height; y += rows) {
            sums before = none;
            PLAIT_UNROLL
            for (int v = 0; v < vectors_of_row; ++v) {
                sums made = no_sums(weights.bias);
                PLAIT_UNROLL
                for (int dy = 0; dy < S.kernel; ++dy) {
                    const int row = y * S.stride + dy - S.kernel / 2;
                    const vector a = load_row(row, v * 2 * lanes);
                    const vector b = rows == 2 ? load_row(row + 2, 0) : load_row(row, (v * 2 + 1) * lanes);
                    const vector x[2]{simd::even_lanes(a, b), simd::odd_lanes(a, b)};
                    take_row(made, x, dy, weights);
                }
                mask_columns(made, v * lanes % out.width, every_shift);
                simd::store(to + y * out.width + v * lanes, total(before, made, none, every_shift));
                if constexpr (vectors_of_row > 1) before = made;
            }
        }
    }

    static void sweep(const T* in, const T* packed, T* to) {
        constexpr auto every_shift = std::make_integer_sequence<int, shifts>{};
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
            for (int x = 0; x < width; ++x) {
                PLAIT_UNROLL
                for (int dx = 0; dx < S.kernel; ++dx) {
                    const int column = (begin + x) * S.stride + dx - S.kernel / 2;
                    if (column < 0 || column >= S.size.width) continue;
                    sum[x] = rule::take(sum[x], simd::load(in + (row * S.size.width + column) * lanes),
                                        weight[dx]);
                }
            }
        }
        PLAIT_UNROLL
        for (int x = 0; x < width; ++x)
            simd::store(to + (y * out.width + begin + x) * lanes, activated<S.act, T>(rule::finish(sum[x])));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
