// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>
#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/kernels/window.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// By column of a row of `Width`, for vectors that begin at any column: set where column + `Shift` is inside.
template <int Width, int Shift, int Lanes>
struct column_masks {
    alignas(cache_line_bytes) unsigned bits[as_size(Width + Lanes)]{};
    constexpr column_masks() {
        for (int i = 0; i < Width + Lanes; ++i) {
            const int column = i % Width - Shift;
            bits[i] = 0 <= column && column < Width ? ~0U : 0U;
        }
    }
};
template <int Width, int Shift, int Lanes>
inline constexpr column_masks<Width, Shift, Lanes> masks_of_columns{};

/// Any window, any width. A plane is swept as one row of pixels: vectors need not begin or end with rows. The
/// taps of one column shift are summed first; whole sums are then shifted by a lane or two. Of a stride the
/// plane comes split by `split`.
template <kernel_shape S>
class flat_window : window_sums<S> {
    using base = window_sums<S>;
    using base::first_shift;
    using base::horizontal;
    using base::lanes;
    using base::load_weights;
    using base::no_sums;
    using base::nothing;
    using base::out;
    using base::shifts;
    using base::take_row;
    using base::vertical;
    using typename base::channel_weights;
    using typename base::rule;
    using typename base::sums;
    using typename base::vector;

    static constexpr int row_stride = S.window.rows.stride;
    static constexpr int column_stride = S.window.columns.stride;
    static constexpr int pixels = out.pixels();
    static constexpr int vectors = (pixels + lanes - 1) / lanes;
    static constexpr int phase_pitch = plane_pitch(pixels + lanes);
    static constexpr auto every_shift = std::make_integer_sequence<int, shifts>{};
    /// Whether every vector is whole rows: then no sum crosses from one vector to the next.
    static constexpr bool whole_rows = lanes % out.width == 0;

public:
    /// Values of a split plane.
    static constexpr int split_size = row_stride * column_stride * phase_pitch;

    /// One plane for each residue of row and column modulo the stride.
    static void split(const float* plane, float* to) {
        for (int y = 0; y < S.size.height; ++y) {
            float* runs[as_size(column_stride)];
            float* const row = to + y % row_stride * column_stride * phase_pitch + y / row_stride * out.width;
            for (int phase = 0; phase < column_stride; ++phase) runs[phase] = row + phase * phase_pitch;
            split_columns<column_stride>(plane + y * S.size.width, out.width, runs);
        }
    }

    static void sweep(const float* in, const float* packed, float* to) {
        const channel_weights weights = load_weights(packed);
        const sums none = no_sums(nothing());
        constexpr bool looks_ahead = !whole_rows && horizontal.last_shift() > 0;
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

        constexpr int top = -vertical.first_shift() * out.width;
        constexpr int bottom = pixels - vertical.last_shift() * out.width;
        constexpr int top_end = (top + lanes - 1) / lanes < vectors ? (top + lanes - 1) / lanes : vectors;
        constexpr int inner_end = bottom / lanes > top_end ? bottom / lanes : top_end;
        int v = 0;
        for (; v < top_end; ++v) step(std::true_type{}, v);
        for (; v < inner_end; ++v) step(std::false_type{}, v);
        for (; v < vectors; ++v) step(std::true_type{}, v);
        if constexpr (looks_ahead)
            simd::store(to + (vectors - 1) * lanes, total(before, now, none, every_shift));
    }

private:
    /// The sums of each column shift for the vector of pixels that begins at `at`. `Border`: some rows of the
    /// window may lie above or below the plane.
    template <bool Border>
    [[gnu::always_inline]] static inline sums sums_at(const float* in, int at,
                                                      const channel_weights& weights) {
        sums s = no_sums(weights.bias);
        PLAIT_UNROLL
        for (int dy = 0; dy < S.window.rows.kernel; ++dy) {
            const int row_shift = vertical.shift(dy);
            vector x[as_size(column_stride)];
            PLAIT_UNROLL
            for (int phase = 0; phase < column_stride; ++phase) {
                const int run = (vertical.phase(dy) * column_stride + phase) * phase_pitch;
                x[phase] = simd::pinned(simd::load_unaligned(in + run + at + row_shift * out.width));
                if (Border && row_shift < 0)
                    x[phase] = rule::inside(
                        load_mask(masks_of_lanes<lanes>.from(-row_shift * out.width - at)), x[phase]);
                if (Border && row_shift > 0)
                    x[phase] = rule::inside(
                        load_mask(masks_of_lanes<lanes>.before(pixels - row_shift * out.width - at)),
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
            return rule::inside(load_mask(masks_of_columns<out.width, Shift, lanes>.bits + column), sum);
    }

    template <int... Shift>
    [[gnu::always_inline]] static inline void mask_columns(sums& s, int column,
                                                           std::integer_sequence<int, Shift...>) {
        ((s.of[Shift] = inside_columns<Shift + first_shift>(s.of[Shift], column)), ...);
    }

    /// The sums of one shift where the outputs are that read them.
    template <int Shift>
    [[gnu::always_inline]] static inline vector aligned_sum(const sums& before, const sums& now,
                                                            const sums& after) {
        constexpr int i = Shift - first_shift;
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
        vector result = now.of[-first_shift];
        ((Shift + first_shift == 0
              ? void()
              : void(result = rule::join(result, aligned_sum<Shift + first_shift>(before, now, after)))),
         ...);
        return activated<S.act>(rule::finish(result));
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
