// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/core/as_size.hpp"
#include "plait/kernels/padded_rows.hpp"
#include "plait/kernels/tile.hpp"

// Depthwise convolution and pooling: every channel by itself, under a window.

namespace plait::inline PLAIT_TARGET::detail {

/// Taps of a window that loops are written out for.
inline constexpr int most_written_taps = 81;
inline constexpr int most_written_side = 9;

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
        return simd::maximum_or_nan(sum, x);
    }
    template <class V>
    [[gnu::always_inline]] static inline V join(V a, V b) {
        return simd::maximum_or_nan(a, b);
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

/// What makes the mean over all taps the mean over those that count, for every output pixel.
template <kernel_shape S>
struct mean_factors {
    static constexpr extent out = S.out_size();
    static constexpr int values = rounded_up(out.pixels(), S.lanes);
    alignas(cache_line_bytes) float of[as_size(values)]{};
    bool are_all_one = true;

    /// One statement a pixel: compilers count them.
    constexpr mean_factors() {
        const window_axis& rows = S.window.rows;
        const window_axis& columns = S.window.columns;
        float of_column[as_size(out.width)]{};
        for (int x = 0; x < out.width; ++x) {
            const int taps = columns.taps_of(x, S.size.width, S.count_include_pad);
            of_column[x] = static_cast<float>(taps);
            are_all_one = are_all_one && taps == columns.kernel;
        }
        for (int y = 0; y < out.height; ++y) {
            const int taps = rows.taps_of(y, S.size.height, S.count_include_pad);
            are_all_one = are_all_one && taps == rows.kernel;
            const float all = static_cast<float>(S.window.taps()) / static_cast<float>(taps);
            for (int x = 0; x < out.width; ++x) of[y * out.width + x] = all / of_column[x];
        }
    }
};
template <kernel_shape S>
inline constexpr mean_factors<S> factors_of_mean{};

/// Whether some output of an average pool has taps that do not count.
template <kernel_shape S>
constexpr bool has_taps_that_do_not_count() {
    if constexpr (S.kind == op_kind::average_pool)
        return !factors_of_mean<S>.are_all_one;
    else
        return false;
}

/// All bits set where a lane counts. `from(k)`: lanes k and on; `before(k)`: lanes up to but not with k.
template <int Lanes>
struct lane_masks {
    alignas(cache_line_bytes) unsigned bits[as_size(3 * Lanes)]{};
    constexpr lane_masks() {
        for (int i = 0; i < Lanes; ++i) bits[Lanes + i] = ~0U;
    }
    static constexpr int clamped(int k) { return k < 0 ? 0 : k > Lanes ? Lanes : k; }
    const unsigned* from(int k) const { return bits + Lanes - clamped(k); }
    const unsigned* before(int k) const { return bits + 2 * Lanes - clamped(k); }
};
template <int Lanes>
inline constexpr lane_masks<Lanes> masks_of_lanes{};

[[gnu::always_inline]] inline simd::batch<float> load_mask(const unsigned* bits) {
    static_assert(sizeof(float) == sizeof(unsigned));
    return simd::load_unaligned(reinterpret_cast<const float*>(bits));
}

/// What every way over a plane shares: sums of the taps by their column shift.
template <kernel_shape S>
struct window_sums {
    static constexpr int lanes = S.lanes;
    static constexpr extent out = S.out_size();
    static constexpr int taps_of_window = S.window.taps();
    static constexpr axis_taps vertical{S.window.rows};
    static constexpr axis_taps horizontal{S.window.columns};
    static constexpr int shifts = horizontal.shifts();
    static constexpr int first_shift = horizontal.first_shift();
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<float>;

    [[gnu::always_inline]] static inline vector nothing() { return vector(rule::outside); }

    struct channel_weights {
        vector tap[as_size(taps_of_window)];
        vector bias;
    };

    [[gnu::always_inline]] static inline channel_weights load_weights(const float* packed) {
        channel_weights w;
        if constexpr (rule::packed > 0) {
            PLAIT_UNROLL
            for (int t = 0; t < taps_of_window; ++t) w.tap[t] = vector(packed[t]);
        }
        w.bias = rule::packed > 0 ? vector(packed[taps_of_window]) : nothing();
        return w;
    }

    struct sums {
        vector of[as_size(shifts)];
    };

    [[gnu::always_inline]] static inline sums no_sums(vector bias) {
        sums s;
        PLAIT_UNROLL
        for (int i = 0; i < shifts; ++i) s.of[i] = i == -first_shift ? bias : nothing();
        return s;
    }

    [[gnu::always_inline]] static inline void take_row(sums& s,
                                                       const vector (&x)[as_size(S.window.columns.stride)],
                                                       int dy, const channel_weights& weights) {
        constexpr int kernel = S.window.columns.kernel;
        PLAIT_UNROLL
        for (int dx = 0; dx < kernel; ++dx) {
            vector& sum = s.of[horizontal.shift(dx) - first_shift];
            sum = rule::take(sum, x[horizontal.phase(dx)], weights.tap[dy * kernel + dx]);
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
