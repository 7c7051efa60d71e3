// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "plait/core/as_size.hpp"
#include "plait/kernels/kernel.hpp"
#include "plait/kernels/winograd_cut.hpp"
#include "plait/kernels/winograd_transform.hpp"

// Dense 3 x 3 convolution of stride 1 by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308,
// algorithm 1). Weights come as [output][input][kernel row][kernel column].

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Any layout. Vectors run along channels: inputs of a block of tiles are transformed to
/// [tap][vector of inputs][tile][lane], multiplied tap by tap to [tap][vector of outputs][tile][lane], and
/// these are transformed to pixels.
template <kernel_shape S>
struct winograd_kernel {
    static constexpr int lanes = S.lanes;
    static constexpr int made = S.winograd;
    static constexpr int read = made + 2;
    static constexpr int taps = read * read;

    static constexpr long long packed_size(const op& o) {
        return o.groups * values_of_group(o.group_outputs(), o.group_inputs());
    }

    static void pack(const op& o, const float* weights, const float* bias, float* to) {
        const int inputs = o.group_inputs();
        const auto pack_one = [&](const float* from, const float* bias_from, float* put) {
            pack_group(o.group_outputs(), inputs, from, bias_from, put);
        };
        pack_groups(o, values_of_group(o.group_outputs(), inputs), weights, bias, to, pack_one);
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const long long packed = values_of_group(call.out_count, call.in_count);
        for (int g = 0; g < call.groups; ++g) run_group(call.group(g, packed), weights, workspace);
    }

private:
    using vector = simd::batch<float>;
    using transform = winograd_transform<made>;
    static constexpr int fitting_tiles = most_dense_pixels(S.most_rows);
    /// Tiles that are multiplied at once.
    static constexpr int many =
        fitting_tiles < winograd_cut::most_multiplied ? fitting_tiles : winograd_cut::most_multiplied;

    /// Packed values of each group of so many outputs: biases, then [tap][block of outputs][input][output].
    static constexpr long long values_of_group(int outputs, int inputs) {
        return 1LL * rounded_up(outputs, lanes) * (taps * inputs + 1);
    }

    static void pack_group(int outputs, int inputs, const float* weights, const float* bias, float* to) {
        const int padded = rounded_up(outputs, lanes);
        for (int r = 0; r < padded; ++r) *to++ = r < outputs ? bias[r] : 0.0F;
        const balanced cut = balanced::into(padded / lanes, S.most_rows);
        int begin = 0;
        for (int block = 0; block < cut.blocks; ++block) {
            const int rows = (block < cut.full ? cut.size : cut.size - 1) * lanes;
            for (int k = 0; k < inputs; ++k) {
                float* put = to + 1LL * begin * inputs + 1LL * k * rows;
                for (int r = begin; r < begin + rows; ++r, ++put)
                    pack_weight(r < outputs ? weights + 9LL * (1LL * r * inputs + k) : nullptr,
                                1LL * padded * inputs, put);
            }
            begin += rows;
        }
    }

    /// G g G^T of one input and output, in double precision; zeros where there is no output.
    static void pack_weight(const float* g, long long step, float* to) {
        constexpr const auto& weights = transform::weights;
        for (int i = 0; i < read; ++i) {
            double row[3]{};
            for (int dy = 0; g && dy < 3; ++dy)
                for (int dx = 0; dx < 3; ++dx)
                    row[dx] += weights[i][dy] * static_cast<double>(g[dy * 3 + dx]);
            for (int j = 0; j < read; ++j, to += step)
                *to = static_cast<float>(weights[j][0] * row[0] + weights[j][1] * row[1] +
                                         weights[j][2] * row[2]);
        }
    }

    /// Tiles side by side, `first` being the number of the first in its block.
    struct strip {
        int y;
        int x;
        int count;
        int first;
    };

    template <class Body>
    [[gnu::always_inline]] static inline void for_each_strip(const winograd_cut& cut, int begin, int end,
                                                             Body body) {
        for (int tile = begin; tile < end;) {
            const int x = tile % cut.tiles.width;
            int count = cut.tiles.width - x;
            count = count < end - tile ? count : end - tile;
            count = count < winograd_cut::most_of_strip ? count : winograd_cut::most_of_strip;
            body(strip{tile / cut.tiles.width, x, count, tile - begin});
            tile += count;
        }
    }

    static void run_group(const kernel_call& call, const float* packed, float* workspace) {
        const winograd_cut cut = winograd_cut::of(made, call.in_count, call.out_count, call.out_size, lanes);
        float* const inputs = workspace + call.scratch;
        float* const products = inputs + taps * cut.in_pitch;
        float* const strips = products + taps * cut.out_pitch;
        const float* const bias = packed + call.weights;
        const int tiles = cut.tiles.pixels();
        for (int begin = 0; begin < tiles; begin += cut.block) {
            const int end = begin + cut.block < tiles ? begin + cut.block : tiles;
            for_each_strip(cut, begin, end,
                           [&](strip s) { transform_inputs(call, cut, s, workspace, inputs, strips); });
            multiply(call, cut, end - begin, inputs, bias + rounded_up(call.out_count, lanes), products);
            for_each_strip(cut, begin, end, [&](strip s) {
                transform_outputs(call, cut, s, products, bias, workspace, strips);
            });
        }
    }

    /// B^T d B of the tiles of a strip, of every channel.
    [[gnu::noinline]] static void transform_inputs(const kernel_call& call, const winograd_cut& cut, strip s,
                                                   const float* workspace, float* to, float* strips) {
        constexpr bool gathers = !S.layout.in_whole_groups;
        const int row_step = cut.strip_columns() * lanes;
        float* const half = strips;
        float* const gathered = strips + read * row_step;
        float* const zeros = gathered + read * row_step;
        simd::store(zeros, vector(0.0F));
        const int width = call.in_size.width;
        const int first_row = s.y * made - S.window.rows.before;
        const int first_column = s.x * made - S.window.columns.before;
        const int columns = s.count * made + 2;
        const int begin = first_column < 0 ? (-first_column < columns ? -first_column : columns) : 0;
        const int inside = width - first_column < columns ? width - first_column : columns;
        const int end = inside > begin ? inside : begin;
        for (int channel = 0; channel < call.in_count; channel += lanes) {
            const float* rows[as_size(read)];
            int steps[as_size(read)];
            PLAIT_UNROLL
            for (int r = 0; r < read; ++r) {
                const int y = first_row + r;
                const bool is_inside = 0 <= y && y < call.in_size.height && begin < end;
                const int at = (y * width + first_column + begin) * S.layout.in_step;
                if (!is_inside) {
                    rows[r] = zeros;
                } else if constexpr (gathers) {
                    float* const row = gathered + r * row_step;
                    gather(call, channel, workspace, at, end - begin, row);
                    rows[r] = row;
                } else {
                    rows[r] = workspace + call.in[channel] + at;
                }
                steps[r] = is_inside ? lanes : 0;
            }
            for (int x = 0; x < begin; ++x) put_column(half + x * lanes, row_step);
            for (int x = end; x < columns; ++x) put_column(half + x * lanes, row_step);
            for (int x = begin; x < end; ++x) {
                vector d[as_size(read)];
                vector v[as_size(read)];
                PLAIT_UNROLL
                for (int r = 0; r < read; ++r) {
                    d[r] = simd::pinned(simd::load(rows[r]));
                    rows[r] += steps[r];
                }
                transform::inputs(d, v);
                PLAIT_UNROLL
                for (int r = 0; r < read; ++r) simd::store(half + r * row_step + x * lanes, v[r]);
            }
            float* const group = to + (channel / lanes * cut.pitch + s.first) * lanes;
            for (int tile = 0; tile < s.count; ++tile) {
                float* put = group + tile * lanes;
                const float* from = half + tile * made * lanes;
                for (int r = 0; r < read; ++r, from += row_step) {
                    vector d[as_size(read)];
                    vector v[as_size(read)];
                    PLAIT_UNROLL
                    for (int c = 0; c < read; ++c) d[c] = simd::pinned(simd::load(from + c * lanes));
                    transform::inputs(d, v);
                    PLAIT_UNROLL
                    for (int c = 0; c < read; ++c, put += cut.in_pitch) simd::store(put, v[c]);
                }
            }
        }
    }

    /// A column outside of the map.
    [[gnu::always_inline]] static inline void put_column(float* to, int row_step) {
        PLAIT_UNROLL
        for (int r = 0; r < read; ++r) simd::store(to + r * row_step, vector(0.0F));
    }

    /// `columns` pixels of a row as [pixel][lane]; up to a vector more are read and written.
    static void gather(const kernel_call& call, int channel, const float* workspace, int at, int columns,
                       float* to) {
        const int count = call.in_count - channel < lanes ? call.in_count - channel : lanes;
        const int* const channels = call.in + channel;
        if constexpr (S.in_groups()) {
            alignas(cache_line_bytes) int from[as_size(lanes)];
            for (int c = 0; c < lanes; ++c) from[c] = channels[c < count ? c : 0];
            for (int x = 0; x < columns; ++x)
                simd::store(to + x * lanes, simd::gather(workspace + at + x * S.layout.in_step, from));
        } else {
            for (int x = 0; x < columns; x += lanes) {
                vector block[as_size(lanes)];
                for (int c = 0; c < lanes; ++c)
                    block[c] = simd::load_unaligned(workspace + channels[c < count ? c : 0] + at + x);
                simd::transpose(block);
                for (int i = 0; i < lanes; ++i) simd::store(to + (x + i) * lanes, block[i]);
            }
        }
    }

    /// What is left to ask for of a panel of weights, so many values for each input.
    struct panel_part {
        const float* begin;
        int step;
    };

    [[gnu::noinline]] static void multiply(const kernel_call& call, const winograd_cut& cut, int tiles,
                                           const float* inputs, const float* weights, float* products) {
        const int vectors = (call.out_count + lanes - 1) / lanes;
        const int blocks = (tiles + many - 1) / many;
        const int whole = winograd_cut::multiplied_tiles(tiles, many) - blocks * (many - 1);
        const int step = cut.pitch * lanes;
        for (int tap = 0; tap < taps; ++tap) {
            for_each_block<S.rows, S.uneven_rows>(vectors, S.most_rows, [&](auto rows, int row) {
                const int panel = rows * lanes * call.in_count;
                panel_part next{weights + panel, rows * lanes / blocks};
                const float* from = inputs;
                float* to = products + row * step;
                int block = 0;
                for (; block < whole; ++block, from += many * lanes, to += many * lanes)
                    tile<rows, many>(from, call.in_count, step, weights, to, next);
                for (; block < blocks; ++block, from += (many - 1) * lanes, to += (many - 1) * lanes)
                    tile<rows, many - 1>(from, call.in_count, step, weights, to, next);
                weights += panel;
            });
            inputs += cut.in_pitch;
            products += cut.out_pitch;
        }
    }

    /// `Rows` vectors of outputs of `Pixels` tiles. Meanwhile asks for a part of the next panel: weights come
    /// from memory as fast as they are multiplied, where processors alone do not run so far ahead.
    template <int Rows, int Pixels>
    [[gnu::always_inline]] static inline void tile(const float* from, int inputs, int step,
                                                   const float* weight, float* to, panel_part& next) {
        const float* ahead = next.begin;
        vector sum[as_size(Rows)][as_size(Pixels)];
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int p = 0; p < Pixels; ++p) sum[r][p] = vector(0.0F);
        }
        for (int k = 0; k < inputs; k += lanes, from += step) {
            const int left = inputs - k < lanes ? inputs - k : lanes;
            for (int lane = 0; lane < left; ++lane, weight += Rows * lanes) {
                simd::prefetch(ahead);
                ahead += next.step;
                vector w[as_size(Rows)];
                PLAIT_UNROLL
                for (int r = 0; r < Rows; ++r) w[r] = simd::pinned(simd::load(weight + r * lanes));
                PLAIT_UNROLL
                for (int p = 0; p < Pixels; ++p) {
                    const vector x = simd::pinned(vector(from[p * lanes + lane]));
                    PLAIT_UNROLL
                    for (int r = 0; r < Rows; ++r) sum[r][p] = simd::multiply_add(x, w[r], sum[r][p]);
                }
            }
        }
        PLAIT_UNROLL
        for (int r = 0; r < Rows; ++r) {
            PLAIT_UNROLL
            for (int p = 0; p < Pixels; ++p) simd::store(to + r * step + p * lanes, sum[r][p]);
        }
        next.begin = ahead;
    }

    /// A^T m A of the tiles of a strip, of every channel, with bias and activation.
    [[gnu::noinline]] static void transform_outputs(const kernel_call& call, const winograd_cut& cut, strip s,
                                                    const float* products, const float* bias,
                                                    float* workspace, float* strips) {
        constexpr bool groups = S.out_groups();
        const extent out = call.out_size;
        const int top = s.y * made;
        const int left = s.x * made;
        const int height = out.height - top < made ? out.height - top : made;
        const int width = out.width - left < s.count * made ? out.width - left : s.count * made;
        const int row_step = (groups ? out.width : cut.strip_columns()) * lanes;
        const tile_activation<S.act> activate;
        for (int channel = 0; channel < call.out_count; channel += lanes) {
            const float* from = products + (channel / lanes * cut.pitch + s.first) * lanes;
            float* to = groups ? workspace + call.out[channel] + (top * out.width + left) * lanes : strips;
            const vector offset = simd::load(bias + channel);
            for (int tile = 0; tile < s.count; ++tile, from += lanes, to += made * lanes) {
                const int columns = width - tile * made;
                alignas(cache_line_bytes) float half[as_size(made * read * lanes)];
                const float* at = from;
                for (int c = 0; c < read; ++c, at += cut.out_pitch) {
                    vector m[as_size(read)];
                    vector y[as_size(made)];
                    PLAIT_UNROLL
                    for (int r = 0; r < read; ++r) m[r] = simd::load(at + r * read * cut.out_pitch);
                    transform::outputs(m, y);
                    PLAIT_UNROLL
                    for (int r = 0; r < made; ++r) simd::store(half + (r * read + c) * lanes, y[r]);
                }
                for (int r = 0; r < height; ++r) {
                    vector m[as_size(read)];
                    vector y[as_size(made)];
                    PLAIT_UNROLL
                    for (int c = 0; c < read; ++c) m[c] = simd::load(half + (r * read + c) * lanes);
                    transform::outputs(m, y);
                    PLAIT_UNROLL
                    for (int c = 0; c < made; ++c)
                        if (c < columns) simd::store(to + r * row_step + c * lanes, activate(y[c] + offset));
                }
            }
            if constexpr (!groups)
                for (int r = 0; r < height; ++r)
                    put_planes(call, channel, strips + r * row_step, width, (top + r) * out.width + left,
                               workspace);
        }
    }

    /// `columns` pixels of a row from [pixel][lane] to planes.
    static void put_planes(const kernel_call& call, int channel, const float* from, int columns, int at,
                           float* workspace) {
        const int count = call.out_count - channel < lanes ? call.out_count - channel : lanes;
        for (int x = 0; x < columns; x += lanes) {
            vector block[as_size(lanes)];
            for (int i = 0; i < lanes; ++i) block[i] = simd::load(from + (x + i) * lanes);
            simd::transpose(block);
            for (int c = 0; c < count; ++c) {
                float* const to = workspace + call.out[channel + c] + at + x;
                if (columns - x >= lanes) {
                    simd::store_unaligned(to, block[c]);
                } else {
                    alignas(cache_line_bytes) float values[as_size(lanes)];
                    simd::store(values, block[c]);
                    std::memcpy(to, values, sizeof(float) * as_size(columns - x));
                }
            }
        }
    }
};

}  // namespace detail

/// By Winograd's algorithm.
template <kernel_shape Shape>
    requires(Shape.winograd > 0)
struct kernel<Shape> : detail::winograd_kernel<Shape> {};

}  // namespace plait::inline PLAIT_TARGET
