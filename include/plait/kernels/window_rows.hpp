// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/kernels/window.hpp"

// Windows of 3, row by row.

namespace plait::inline PLAIT_TARGET::detail {

/// Stride 1: from top to bottom, so that a row is loaded once for the three that it counts in.
template <kernel_shape S>
class row_window : window_sums<S> {
    using base = window_sums<S>;
    using base::lanes;
    using base::load_weights;
    using base::nothing;
    using base::out;
    using typename base::channel_weights;
    using typename base::rule;
    using typename base::vector;

    /// The last may overlap the one before.
    static constexpr int vectors_of_row = (out.width + lanes - 1) / lanes;

public:
    static void sweep(const float* in, const float* packed, float* to) {
        const channel_weights weights = load_weights(packed);
        [&]<int... Vector>(std::integer_sequence<int, Vector...>) {
            (sweep_column<first_column(Vector)>(in, weights, to), ...);
        }
        (std::make_integer_sequence<int, vectors_of_row>{});
    }

private:
    /// What the three taps of a row read; joined, where they have no weights.
    struct row_taps {
        vector x[rule::packed > 0 ? 3 : 1];
    };

    /// Of the outputs from `Column` on.
    template <int Column>
    [[gnu::always_inline]] static inline row_taps load_taps(const float* row) {
        vector x[3];
        PLAIT_UNROLL
        for (int dx = 0; dx < 3; ++dx) x[dx] = simd::pinned(simd::load_unaligned(row + Column + dx - 1));
        if constexpr (Column == 0) x[0] = rule::inside(load_mask(masks_of_lanes<lanes>.from(1)), x[0]);
        if constexpr (Column + lanes >= out.width)
            x[2] = rule::inside(load_mask(masks_of_lanes<lanes>.before(out.width - 1 - Column)), x[2]);
        if constexpr (rule::packed > 0)
            return {{x[0], x[1], x[2]}};
        else
            return {{rule::join(rule::join(x[0], x[1]), x[2])}};
    }

    [[gnu::always_inline]] static inline vector take_taps(vector sum, const row_taps& taps, int dy,
                                                          const channel_weights& weights) {
        PLAIT_UNROLL
        for (int dx = 0; dx < 3; ++dx) sum = rule::take(sum, taps.x[dx], weights.tap[dy * 3 + dx]);
        return sum;
    }

    [[gnu::always_inline]] static inline vector total(const row_taps& above, const row_taps& here,
                                                      const row_taps& below, const channel_weights& weights) {
        vector sum = weights.bias;
        if constexpr (rule::packed > 0) {
            sum = take_taps(sum, above, 0, weights);
            sum = take_taps(sum, here, 1, weights);
            sum = take_taps(sum, below, 2, weights);
        } else {
            sum = rule::join(rule::join(above.x[0], here.x[0]), below.x[0]);
        }
        return activated<S.act>(rule::finish(sum));
    }

    /// Where a vector of a row begins: the last ends with the row.
    static constexpr int first_column(int vector_of_row) {
        const int last = out.width > lanes ? out.width - lanes : 0;
        return vector_of_row * lanes < last ? vector_of_row * lanes : last;
    }

    template <int Column>
    [[gnu::always_inline]] static inline void sweep_column(const float* in, const channel_weights& weights,
                                                           float* to) {
        row_taps outside;
        for (vector& x : outside.x) x = nothing();
        row_taps above = outside;
        row_taps here = load_taps<Column>(in);
        for (int y = 0; y + 1 < out.height; ++y) {
            const row_taps below = load_taps<Column>(in + (y + 1) * out.width);
            simd::store_unaligned(to + y * out.width + Column, total(above, here, below, weights));
            above = here;
            here = below;
        }
        const vector last = total(above, here, outside, weights);
        float* const at = to + (out.height - 1) * out.width + Column;
        if constexpr (out.width < lanes)
            store_first<out.width>(at, last);
        else
            simd::store_unaligned(at, last);
    }
};

/// Stride 2: even and odd columns separate in registers.
template <kernel_shape S>
class even_odd_window : window_sums<S> {
    using base = window_sums<S>;
    using base::lanes;
    using base::load_weights;
    using base::no_sums;
    using base::nothing;
    using base::out;
    using base::take_row;
    using typename base::channel_weights;
    using typename base::rule;
    using typename base::sums;
    using typename base::vector;

    /// Taps without weights are joined row with row before columns part.
    static constexpr bool rows_first = rule::packed == 0;

public:
    static void sweep(const float* in, const float* packed, float* to) {
        const channel_weights weights = load_weights(packed);
        if constexpr (2 * out.width == lanes && out.height % 2 == 0)
            sweep_pairs_of_rows(in, weights, to);
        else
            sweep_single_rows(in, weights, to);
    }

private:
    /// Two vectors of a row from some column on: even and odd columns in blockwise order, or as they come
    /// where rows go first.
    struct row_taps {
        vector x[2];
    };

    [[gnu::always_inline]] static inline row_taps separate(vector a, vector b) {
        return {{simd::even_blockwise(a, b), simd::odd_blockwise(a, b)}};
    }

    [[gnu::always_inline]] static inline row_taps taps_of(vector a, vector b) {
        if constexpr (rows_first)
            return {{a, b}};
        else
            return separate(a, b);
    }

    /// The sums of three rows' taps, `row(0)` to `row(2)` from top to bottom, each read when it is its turn.
    template <class Row>
    [[gnu::always_inline]] static inline sums sums_of(const channel_weights& weights, Row row) {
        sums made = no_sums(weights.bias);
        if constexpr (rows_first) {
            row_taps joined = row(0);
            PLAIT_UNROLL
            for (int dy = 1; dy < 3; ++dy) {
                const row_taps next = row(dy);
                joined = {{rule::join(joined.x[0], next.x[0]), rule::join(joined.x[1], next.x[1])}};
            }
            const row_taps columns = separate(joined.x[0], joined.x[1]);
            made.of[0] = columns.x[1];
            made.of[1] = rule::join(columns.x[0], columns.x[1]);
        } else {
            PLAIT_UNROLL
            for (int dy = 0; dy < 3; ++dy) take_row(made, row(dy).x, dy, weights);
        }
        return made;
    }

    [[gnu::always_inline]] static inline vector load_row(const float* in, int y, int column) {
        return 0 <= y && y < S.size.height
                   ? simd::pinned(simd::load_unaligned(in + y * S.size.width + column))
                   : nothing();
    }

    /// Of sums in blockwise order: each output's own and those of the column before it, the first of a row's
    /// from the vector `before`.
    [[gnu::always_inline]] static inline vector total_in_order(vector before, const sums& made) {
        const auto own = [](int lane) constexpr { return simd::blockwise_lane<float>(lane); };
        const auto left = [](int lane) constexpr {
            return lane % out.width == 0 ? simd::blockwise_lane<float>(lanes - 1)
                                         : lanes + simd::blockwise_lane<float>(lane - 1);
        };
        const vector sum = rule::join(simd::permute_by(own, made.of[1], made.of[1]),
                                      simd::permute_by(left, before, made.of[0]));
        return activated<S.act>(rule::finish(sum));
    }

    static void sweep_pairs_of_rows(const float* in, const channel_weights& weights, float* to) {
        for (int y = 0; y < out.height; y += 2) {
            const sums made = sums_of(
                weights, [&](int dy) __attribute__((always_inline)) {
                    const int row = 2 * y + dy - 1;
                    return taps_of(load_row(in, row, 0), load_row(in, row + 2, 0));
                });
            simd::store(to + y * out.width, total_in_order(nothing(), made));
        }
    }

    /// Where vectors do not fill a row they overlap: each but the first has a wrong first lane, since it does
    /// not know the sum before, and the next one to the left overwrites it.
    static void sweep_single_rows(const float* in, const channel_weights& weights, float* to) {
        constexpr bool overlap = out.width % lanes != 0;
        constexpr int count = overlap ? 1 + (out.width - 2) / (lanes - 1) : out.width / lanes;
        row_taps above[as_size(count)];
        PLAIT_UNROLL
        for (int i = 0; i < count; ++i) above[i] = {{nothing(), nothing()}};
        for (int y = 0; y < out.height; ++y) {
            vector before = nothing();
            PLAIT_UNROLL_BY_4
            for (int i = 0; i < count; ++i) {
                const int from_right = out.width - lanes - i * (lanes - 1);
                const int column = !overlap ? i * lanes : from_right > 0 ? from_right : 0;
                const auto row = [&](int in_y) __attribute__((always_inline)) {
                    return taps_of(load_row(in, in_y, 2 * column), load_row(in, in_y, 2 * column + lanes));
                };
                const sums made = sums_of(
                    weights, [&](int dy) __attribute__((always_inline)) {
                        if (dy == 0) return above[i];
                        const row_taps taps = row(2 * y + dy - 1);
                        // Vector by vector: g++ 12 copies the struct through general registers.
                        if (dy == 2) above[i].x[0] = taps.x[0], above[i].x[1] = taps.x[1];
                        return taps;
                    });
                const vector total = total_in_order(before, made);
                float* const at = to + y * out.width + column;
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
};

}  // namespace plait::inline PLAIT_TARGET::detail
