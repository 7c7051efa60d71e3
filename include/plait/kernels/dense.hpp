// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/kernels/dense_blocks.hpp"
#include "plait/kernels/group_tile.hpp"
#include "plait/kernels/kernel_call.hpp"
#include "plait/kernels/padded_copy.hpp"
#include "plait/kernels/panels.hpp"

// Dense k x k convolution. Weights come as [output][input][kernel row][kernel column].

namespace plait::inline PLAIT_TARGET::detail {

/// Planes in, planes out. The input rows of a few output rows are copied with zero borders, cut by stride;
/// a tile then meets no edge.
template <kernel_shape S>
struct dense_planes {
    static constexpr int lanes = S.lanes;
    static constexpr int taps_of_window = S.window.taps();

    static constexpr long long packed_size(const op& o) {
        return rounded_up(o.out.count * (o.fan_in() + 1), 16);
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const auto pack_one = [&](const float* from, const float* bias_from, float* put) {
            pack_plane_panels<S>(o.group_outputs(), o.fan_in(), from, bias_from, put);
        };
        pack_groups(o, o.group_outputs() * (o.fan_in() + 1), weights, bias, to, pack_one);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const int packed = call.out_count * (call.in_count * taps_of_window + 1);
        for (int g = 0; g < call.groups; ++g) run_group(call.group(g, packed), weights, workspace);
    }

private:
    [[gnu::always_inline]] static inline void run_group(const kernel_call& call, const float* weights,
                                                        float* workspace) {
        float* const scratch = workspace + call.scratch;
        constexpr balanced blocks = balanced::into(out.height, S.row_block);
        int begin = 0;
        for (int block = 0; block < blocks.blocks; ++block) {
            const int end = begin + (block < blocks.full ? blocks.size : blocks.size - 1);
            for (int c = 0; c < call.in_count; ++c) {
                const float* const plane = workspace + call.in[c];
                const float* const from = call.picture ? call.picture + c * S.size.pixels() : plane;
                const float* const last_row = (call.picture && c + 1 < call.in_count ? from : plane) +
                                              (S.size.height - 1) * S.size.width;
                copy_padded<S>(from, last_row, down.read_by(begin, 0), copied, 0.0F,
                               scratch + c * channel_values);
            }
            const float* panel = weights + call.weights;
            const int depth = call.in_count * taps_of_window;
            for_each_block<S.rows, S.uneven_rows>(call.out_count, S.most_rows, [&](auto rows, int row) {
                if constexpr (down_rows) {
                    tile_down<rows>(end - begin, scratch, call.in_count, panel, workspace + S.pixel(begin, 0),
                                    call.out + row);
                } else {
                    for (int y = begin; y < end; ++y) {
                        const float* from = scratch + (y - begin) * row_step;
                        const auto cut = [&](auto columns, int column) {
                            const int at = column * lanes;
                            tile<rows, columns>(from + at, call.in_count, panel, workspace + S.pixel(y, at),
                                                call.out + row, out.width - at);
                        };
                        for_each_block<S.columns, S.uneven_columns>(vectors, S.most_columns, cut);
                    }
                }
                panel += rows * (depth + 1);
            });
            begin = end;
        }
    }

    static constexpr extent out = S.out_size();
    static constexpr int vectors = (out.width + lanes - 1) / lanes;
    static constexpr window_axis down = S.window.rows;
    static constexpr padded_rows copied = padded_rows::of(S, S.row_block);
    static constexpr int channel_values = copied.channel_values(S);
    /// Whether a tile's vectors of pixels are rows, one below the other.
    static constexpr bool down_rows = vectors == 1;
    /// From the padded rows of one output row to those of the next.
    static constexpr int row_step = S.window.rows.stride * copied.row_step(S);
    static constexpr axis_taps horizontal{S.window.columns};
    /// From what one of a tile's vectors of outputs begins with to the next's.
    static constexpr int vector_step =
        down_rows ? S.pixel(1, 0) - S.pixel(0, 0) : S.pixel(0, lanes) - S.pixel(0, 0);

    template <int Rows>
    [[gnu::always_inline]] static inline void tile_down(int columns, const float* from, int channels,
                                                        const float* panel, float* to, const int* rows_at) {
        if (columns == S.columns)
            tile<Rows, S.columns>(from, channels, panel, to, rows_at, out.width);
        else if constexpr (S.uneven_columns)
            tile<Rows, S.columns - 1>(from, channels, panel, to, rows_at, out.width);
    }

    template <int Rows, int Columns>
    [[gnu::always_inline]] static inline void tile(const float* from, int channels, const float* panel,
                                                   float* to, const int* rows_at, int columns_left) {
        using vector = simd::batch<float>;
        vector sum[as_size(Rows)][as_size(Columns)];
        begin_tile<Rows, Columns>(sum, panel);
        const float* weight = panel + Rows;
        for (int channel = 0; channel < channels; ++channel, from += channel_values) {
            for (int dy = 0; dy < S.window.rows.kernel; ++dy) {
                const float* const row = from + dy * S.window.rows.dilation * copied.row_step(S);
                PLAIT_UNROLL
                for (int dx = 0; dx < S.window.columns.kernel; ++dx, weight += Rows) {
                    const float* at = row + horizontal.phase(dx) * copied.pitch + copied.first_column +
                                      horizontal.shift(dx);
                    vector x[as_size(Columns)];
                    PLAIT_UNROLL
                    for (int c = 0; c < Columns; ++c)
                        x[c] = simd::pinned(simd::load_unaligned(at + c * (down_rows ? row_step : lanes)));
                    step_tile<Rows, Columns>(sum, x, weight);
                }
            }
        }
        const tile_activation<S.act> activate;
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c)
                put(to + rows_at[r] + c * vector_step, activate(sum[r][c]),
                    down_rows ? columns_left : columns_left - c * lanes);
        }
    }

    /// Stores what is left of a row, and no more: what follows may be another channel.
    [[gnu::always_inline]] static inline void put(float* to, simd::batch<float> x, int columns_left) {
        if constexpr (S.made.stride.width > 1) {
            constexpr int left = out.width % lanes;
            if (left == 0 || columns_left >= lanes)
                put_apart<lanes>(to, x);
            else
                put_apart<left == 0 ? lanes : left>(to, x);
        } else if (out.width % lanes == 0 || columns_left >= lanes) {
            simd::store_unaligned(to, x);
        } else {
            store_first<out.width % lanes>(to, x);
        }
    }

    /// The first `Count` lanes, each a stride after the one before; what lies between stays.
    template <int Count>
    [[gnu::always_inline]] static inline void put_apart(float* to, simd::batch<float> x) {
        constexpr int stride = S.made.stride.width;
        const auto vector_of = [&]<int Vector>(constant<Vector>) __attribute__((always_inline)) {
            constexpr int first = Vector * lanes;
            const simd::batch<float> spread = simd::permute_by(
                [](int lane) constexpr { return (first + lane) / stride; }, x, x);
            const simd::batch<float> before = simd::load_unaligned(to + first);
            simd::store_unaligned(to + first, simd::permute_by(
                                                  [](int lane) constexpr {
                                                      const int at = first + lane;
                                                      const bool is_new =
                                                          at % stride == 0 && at / stride < Count;
                                                      return is_new ? lanes + lane : lane;
                                                  },
                                                  before, spread));
        };
        constexpr int spread_vectors = ((Count - 1) * stride + lanes) / lanes;
        [&]<int... Vector>(std::integer_sequence<int, Vector...>) { (vector_of(constant<Vector>{}), ...); }
        (std::make_integer_sequence<int, spread_vectors>{});
    }
};

/// Weights [output][input][tap] in the order that `dense_groups` reads: [block of inputs][tap][input].
struct blocked_weights {
    const float* weights;
    int inputs;
    int taps;
    int input_block;

    float operator()(int output, int k) const {
        const int begin = k / (input_block * taps) * input_block;
        const int count = inputs - begin < input_block ? inputs - begin : input_block;
        const int within = k - begin * taps;
        return weights[(output * inputs + begin + within % count) * taps + within / count];
    }
};

/// Groups out, from planes or groups: vectors run along output channels, inputs are broadcast from any slot.
/// Where the weights of all inputs are too many for a cache, outputs hold the sums over the first inputs
/// until the others' turn comes. Taps outside the map are skipped.
template <kernel_shape S>
struct dense_groups {
    static constexpr int lanes = S.lanes;
    static constexpr int taps_of_window = S.window.taps();

    static constexpr long long packed_size(const op& o) {
        return o.groups * values_of_group(o.group_outputs(), o.group_inputs());
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const int inputs = o.group_inputs();
        const auto pack_one = [&](const float* from, const float* bias_from, float* put) {
            const blocked_weights in_order{from, inputs, taps_of_window, S.input_block};
            pack_group_panels(S, o.group_outputs(), o.fan_in(), in_order, bias_from, put);
        };
        pack_groups(o, values_of_group(o.group_outputs(), inputs), weights, bias, to, pack_one);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const long long packed = values_of_group(call.out_count, call.in_count);
        for (int g = 0; g < call.groups; ++g) run_group(call.group(g, packed), weights, workspace);
    }

private:
    /// Packed values of each group of so many outputs.
    static constexpr long long values_of_group(int outputs, int inputs) {
        return 1LL * rounded_up(outputs, lanes) * (inputs * taps_of_window + 1);
    }

    [[gnu::always_inline]] static inline void run_group(const kernel_call& call, const float* weights,
                                                        float* workspace) {
        const int vectors = (call.out_count + lanes - 1) / lanes;
        const float* panel = weights + call.weights;
        for_each_block<S.rows, S.uneven_rows>(vectors, S.most_rows, [&](auto rows, int row) {
            const int* rows_at = call.out + row * lanes;
            for (int top = 0; top < out.height; top += S.row_block) {
                const int bottom = top + S.row_block < out.height ? top + S.row_block : out.height;
                part now{.bias = panel, .weights = panel + rows * lanes};
                for (int begin = 0; begin < call.in_count; begin += S.input_block) {
                    const int left = call.in_count - begin;
                    now.in = call.in + begin;
                    now.in_count = left < S.input_block ? left : S.input_block;
                    now.is_last = left <= S.input_block;
                    for (int y = top; y < bottom; ++y) {
                        for_each_block<S.columns, S.uneven_columns>(
                            out.width, S.most_columns,
                            [&](auto pixels, int x) { tile<rows, pixels>(now, workspace, rows_at, y, x); });
                    }
                    now.bias = nullptr;
                    now.weights += now.in_count * taps_of_window * rows * lanes;
                }
            }
            panel += rows * lanes * (call.in_count * taps_of_window + 1);
        });
    }

    static constexpr extent out = S.out_size();
    static constexpr window_axis down = S.window.rows;
    static constexpr window_axis across = S.window.columns;

    /// A block of inputs and what it adds to the sums of a tile's rows.
    struct part {
        const float* bias;  ///< what sums begin with; null where they go on
        const float* weights;
        const int* in = nullptr;
        int in_count = 0;
        bool is_last = false;
    };

    template <int Rows, int Pixels>
    using sums = group_tile<Rows, Pixels, S.made.stride.width>;

    template <int Rows, int Pixels>
    [[gnu::always_inline]] static inline void tile(const part& now, float* workspace, const int* rows_at,
                                                   int y, int x) {
        sums<Rows, Pixels> sum;
        float* const to = workspace + S.pixel(y, x) * lanes;
        if (now.bias)
            sum.begin(now.bias);
        else
            sum.load(to, rows_at);
        const float* weight = now.weights;
        const int weights_of_tap = now.in_count * Rows * lanes;
        for (int dy = 0; dy < down.kernel; ++dy) {
            const int from_y = down.read_by(y, dy);
            if (from_y < 0 || from_y >= S.size.height) {
                weight += across.kernel * weights_of_tap;
                continue;
            }
            for (int dx = 0; dx < across.kernel; ++dx, weight += weights_of_tap) {
                const float* at =
                    workspace + (from_y * S.size.width + across.read_by(x, dx)) * S.layout.in_step;
                const int left = across.outside_before(dx, out.width) - x;
                const int right =
                    across.outside_after(dx, S.size.width, out.width) - (out.width - x - Pixels);
                if (left > 0 && right > 0)
                    add_tap_between<0>(left, Pixels - right, sum, at, now, weight);
                else if (left > 0)
                    add_tap_from<1>(left, sum, at, now, weight);
                else if (right > 0)
                    add_tap_until<Pixels - 1>(Pixels - right, sum, at, now, weight);
                else
                    add_tap<0, Pixels>(sum, at, now, weight);
            }
        }
        if (now.is_last)
            sum.template store<S.act>(to, rows_at);
        else
            sum.template store<activation::none>(to, rows_at);
    }

    /// One tap of a block of inputs, for the pixels from `Begin` up to but not including `End`.
    template <int Begin, int End, int Rows, int Pixels>
    [[gnu::always_inline]] static inline void add_tap(sums<Rows, Pixels>& sum, const float* at,
                                                      const part& now, const float* weight) {
        for (int k = 0; k < now.in_count; ++k, weight += Rows * lanes)
            sum.template add<Begin, End, across.stride * S.layout.in_step>(at + now.in[k], weight);
    }

    /// The same for the pixels from `begin`, which is `Begin` or more.
    template <int Begin, int Rows, int Pixels>
    [[gnu::always_inline]] static inline void add_tap_from(int begin, sums<Rows, Pixels>& sum,
                                                           const float* at, const part& now,
                                                           const float* weight) {
        if constexpr (Begin < Pixels && Begin <= across.outside_before(0, out.width)) {
            if (begin == Begin)
                add_tap<Begin, Pixels>(sum, at, now, weight);
            else
                add_tap_from<Begin + 1>(begin, sum, at, now, weight);
        }
    }

    /// The same for the pixels up to but not including `end`, which is `End` or less.
    template <int End, int Rows, int Pixels>
    [[gnu::always_inline]] static inline void add_tap_until(int end, sums<Rows, Pixels>& sum, const float* at,
                                                            const part& now, const float* weight) {
        constexpr int most_outside = across.outside_after(across.kernel - 1, S.size.width, out.width);
        if constexpr (End > 0 && Pixels - End <= most_outside) {
            if (end == End)
                add_tap<0, End>(sum, at, now, weight);
            else
                add_tap_until<End - 1>(end, sum, at, now, weight);
        }
    }

    /// The same for the pixels from `begin` up to but not including `end`, of a map so narrow that the window
    /// leaves it on both sides.
    template <int Pixel, int Rows, int Pixels>
    [[gnu::always_inline]] static inline void add_tap_between(int begin, int end, sums<Rows, Pixels>& sum,
                                                              const float* at, const part& now,
                                                              const float* weight) {
        constexpr bool leaves_both = across.outside_before(0, out.width) > 0 &&
                                     across.outside_after(across.kernel - 1, S.size.width, out.width) > 0;
        if constexpr (leaves_both && Pixel < Pixels) {
            if (begin <= Pixel && Pixel < end) add_tap<Pixel, Pixel + 1>(sum, at, now, weight);
            add_tap_between<Pixel + 1>(begin, end, sum, at, now, weight);
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
