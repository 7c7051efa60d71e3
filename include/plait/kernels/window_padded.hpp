// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "plait/core/as_size.hpp"
#include "plait/kernels/padded_copy.hpp"
#include "plait/kernels/window.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Any window over a plane that `split` has copied with its padding, cut by the stride of its columns: no tap
/// meets an edge.
template <kernel_shape S>
class padded_window : window_sums<S> {
    using base = window_sums<S>;
    using base::horizontal;
    using base::lanes;
    using base::nothing;
    using base::out;
    using base::taps_of_window;
    using typename base::rule;
    using typename base::vector;

    static constexpr padded_rows copied = padded_rows::of(S, out.height);
    static constexpr int row_step = copied.row_step(S);
    static constexpr int vectors_of_row = (out.width + lanes - 1) / lanes;

public:
    /// Values of a copied plane.
    static constexpr int split_size = copied.channel_values(S);

    static void split(const float* plane, float* to) {
        constexpr int first_row = S.window.rows.read_by(0, 0);
        copy_padded<S>(plane, first_row, copied, rule::outside, to);
    }

    static void sweep(const float* in, const float* packed, float* to) {
        for (int y = 0; y < out.height; ++y, in += S.window.rows.stride * row_step) {
            for (int v = 0; v < vectors_of_row; ++v)
                put(to, y * out.width + v * lanes, out.width - v * lanes, total(in + v * lanes, packed));
        }
    }

private:
    [[gnu::always_inline]] static inline vector total(const float* in, const float* packed) {
        constexpr int kernel = S.window.columns.kernel;
        vector sum = rule::packed > 0 ? vector(packed[taps_of_window]) : nothing();
        for (int dy = 0; dy < S.window.rows.kernel; ++dy, in += S.window.rows.dilation * row_step) {
            if constexpr (kernel <= most_written_side) {
                PLAIT_UNROLL
                for (int dx = 0; dx < kernel; ++dx) sum = take(sum, in, packed, dy * kernel + dx, dx);
            } else {
                for (int dx = 0; dx < kernel; ++dx) sum = take(sum, in, packed, dy * kernel + dx, dx);
            }
        }
        return activated<S.act>(rule::finish(sum));
    }

    [[gnu::always_inline]] static inline vector take(vector sum, const float* in, const float* packed, int t,
                                                     int dx) {
        const int column = horizontal.phase(dx) * copied.pitch + copied.first_column + horizontal.shift(dx);
        const vector x = simd::load_unaligned(in + column);
        if constexpr (rule::packed > 0)
            return rule::take(sum, x, vector(packed[t]));
        else
            return rule::take(sum, x, x);
    }

    /// What the last vector of a row writes past it, later rows write over; the last rows' must not.
    [[gnu::always_inline]] static inline void put(float* to, int at, int left_of_row, vector x) {
        if (out.width % lanes == 0 || left_of_row >= lanes || at + lanes <= out.pixels())
            simd::store_unaligned(to + at, x);
        else
            store_first<out.width % lanes>(to + at, x);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
