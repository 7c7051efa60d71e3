// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/core/as_size.hpp"
#include "plait/kernels/kernel_shape.hpp"
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

/// What makes the mean over a whole window the mean over what lies inside the plane, for every output pixel.
template <kernel_shape S>
struct inside_factors {
    static constexpr extent out = S.size / S.stride;
    static constexpr int values = rounded_up(out.pixels(), S.lanes);
    alignas(cache_line_bytes) float of[as_size(values)]{};

    /// Taps inside of those along one axis.
    static constexpr float taps_inside(int at, int size) {
        const int first = at * S.stride - S.kernel / 2;
        const int end = first + S.kernel;
        return static_cast<float>((end < size ? end : size) - (first > 0 ? first : 0));
    }
    /// One statement a pixel: compilers count them.
    constexpr inside_factors() {
        float of_column[as_size(out.width)]{};
        for (int x = 0; x < out.width; ++x) of_column[x] = taps_inside(x, S.size.width);
        for (int y = 0; y < out.height; ++y) {
            const float of_row = taps_inside(y, S.size.height);
            for (int x = 0; x < out.width; ++x)
                of[y * out.width + x] = 1.0F * S.kernel * S.kernel / (of_row * of_column[x]);
        }
    }
};
template <kernel_shape S>
inline constexpr inside_factors<S> factors_inside{};

template <kernel_shape S>
inline constexpr bool leaves_padding_out = S.kind == op_kind::average_pool && !S.count_include_pad;

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
    static constexpr extent out = S.size / S.stride;
    static constexpr int taps_of_window = S.kernel * S.kernel;
    using rule = window_rule<S.kind, taps_of_window>;
    using vector = simd::batch<float>;
    using tap = taps<S.kernel, S.stride>;

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
        vector of[tap::shifts];
    };

    [[gnu::always_inline]] static inline sums no_sums(vector bias) {
        sums s;
        PLAIT_UNROLL
        for (int i = 0; i < tap::shifts; ++i) s.of[i] = i == -tap::first_shift ? bias : nothing();
        return s;
    }

    [[gnu::always_inline]] static inline void take_row(sums& s, const vector (&x)[as_size(S.stride)], int dy,
                                                       const channel_weights& weights) {
        PLAIT_UNROLL
        for (int dx = 0; dx < S.kernel; ++dx) {
            vector& sum = s.of[tap::shift(dx) - tap::first_shift];
            sum = rule::take(sum, x[tap::phase(dx)], weights.tap[dy * S.kernel + dx]);
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
