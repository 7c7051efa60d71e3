// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "plait/core/target.hpp"
#include "plait/graph/op.hpp"

namespace plait::inline PLAIT_TARGET {

/// How a map lies in memory: values between the pixels of one channel. In planes a channel is a contiguous
/// plane of pixels (step 1); in groups `lanes` channels lie side by side at every pixel (step `lanes`).
struct op_layout {
    int in_step = 1;
    int out_step = 1;
    bool in_whole_groups = false;  ///< the input, of an add each side, is whole groups in order

    friend constexpr bool operator==(op_layout, op_layout) = default;
};

/// `count` things in the fewest blocks of at most `most`, as even as can be: blocks of `size`, then, where
/// they do not come out even, blocks of `size - 1`.
struct balanced {
    int blocks = 1;
    int size = 1;
    int full = 1;  ///< blocks of `size`; the others have `size - 1`

    /// Cuts `count` things.
    static constexpr balanced into(int count, int most) {
        const int blocks = (count + most - 1) / most;
        const int size = (count + blocks - 1) / blocks;
        return {blocks, size, count - (size - 1) * blocks};
    }
    /// Whether some blocks have one less.
    constexpr bool uneven() const { return full != blocks; }
};

/// The first multiple that is not less than `n`.
constexpr int rounded_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// What makes one kernel another: layers of one shape share one instantiation. Counts of channels are not in
/// it, nor sizes where the kernel takes them at run time.
struct kernel_shape {
    op_kind kind{};
    activation act{};
    int kernel = 1;
    int stride = 1;
    bool count_include_pad = true;
    int lanes = native_lanes;
    op_layout layout{};
    extent size{};      ///< of the input, where the kernel needs it at compile time
    int rows = 0;       ///< of a tile: outputs in planes, vectors of outputs in groups
    int columns = 0;    ///< of a tile: vectors of pixels in planes, pixels in groups
    int most_rows = 0;  ///< that a block of outputs may have; `rows` is what an even cut gives
    int most_columns = 0;
    bool uneven_rows = false;
    bool uneven_columns = false;
    bool few_pixels_left = false;  ///< after whole vectors, in planes
    int row_block = 0;             ///< output rows that a dense convolution makes at a time
    int input_block = 0;           ///< inputs that a dense convolution into groups adds up at a time

    /// Cuts `count` outputs into blocks of at most `most` rows.
    constexpr void cut_rows(int count, int most) {
        const balanced cut = balanced::into(count, most);
        most_rows = most;
        rows = cut.size;
        uneven_rows = cut.uneven();
    }
    /// Cuts `count` vectors or pixels into blocks of at most `most` columns.
    constexpr void cut_columns(int count, int most) {
        const balanced cut = balanced::into(count, most);
        most_columns = most;
        columns = cut.size;
        uneven_columns = cut.uneven();
    }
    /// Whether it reads groups.
    constexpr bool in_groups() const { return layout.in_step > 1; }
    /// Whether it writes groups.
    constexpr bool out_groups() const { return layout.out_step > 1; }
    friend constexpr bool operator==(const kernel_shape&, const kernel_shape&) = default;

    /// All that says in which order weights are packed, beside the call's counts of channels.
    constexpr std::array<int, 9> packing() const {
        return {
            static_cast<int>(kind), kernel, lanes, out_groups(), rows, most_rows, uneven_rows, input_block,
            few_pixels_left};
    }

    /// Whether its kernel runs several pictures, whose weights it reads once: `run(..., picture_run)`. It is of
    /// those that end networks, and reads and writes groups.
    constexpr bool takes_pictures() const {
        if (kind == op_kind::global_average_pool) return layout.in_whole_groups;
        return kind == op_kind::linear || (kind == op_kind::pointwise && out_groups());
    }

    /// Whether both read the same weights from the same packed values.
    constexpr bool packs_like(const kernel_shape& other) const { return packing() == other.packing(); }
};

/// Vectors of pixels that a tile in planes may have.
inline constexpr int most_plane_columns = native_registers == 32 ? 4 : 2;
/// Vectors of outputs that a tile of a linear layer may have.
inline constexpr int most_linear_rows = 4;
/// Vectors of outputs, and pixels, that a tile in groups may have.
inline constexpr int most_group_rows = 3;
/// Pixels that a tile in groups may have.
inline constexpr int most_group_pixels = native_registers == 32 ? 8 : 4;

/// Outputs of a tile in planes: its sums, kept inputs and one weight must fit the registers.
constexpr int most_plane_rows(int columns) {
    constexpr int of_32[]{16, 8, 5, 4};
    constexpr int of_16[]{8, 6};
    return native_registers == 32 ? of_32[columns - 1] : of_16[columns - 1];
}

/// Pixels that a vector of several outputs has of each.
inline constexpr int few_pixels = 4;

/// Whether the pixels left after whole vectors are so few that they had better go with several outputs in one
/// vector.
constexpr bool leaves_few_pixels(const op& o, int lanes) {
    const int left = o.out.size.pixels() % lanes;
    return o.kind == op_kind::pointwise && 0 < left && left <= few_pixels && few_pixels < lanes &&
           o.out.size.pixels() > lanes;
}

/// Vectors of pixels in planes, pixels in groups. A dense convolution in planes goes row by row, or where a
/// row is one vector, down the rows.
constexpr int tiled_columns(const op& o, bool groups, int lanes) {
    const extent size = o.out.size;
    if (groups) return size.pixels();
    if (leaves_few_pixels(o, lanes)) return size.pixels() / lanes;
    if (o.kind == op_kind::dense && size.width <= lanes) return size.height;
    const int run = o.kind == op_kind::dense ? size.width : size.pixels();
    return (run + lanes - 1) / lanes;
}

/// The padded rows that a dense convolution in planes reads: per channel, per input row, one run of values
/// for each residue of the column modulo the stride.
struct dense_scratch {
    int pitch;  ///< of one run
    int rows;   ///< input rows of a block

    static constexpr dense_scratch of(const kernel_shape& s) {
        const int reach = s.kernel / s.stride + 1;
        return {rounded_up(s.lanes + rounded_up(s.size.width / s.stride, s.lanes) + reach, 16),
                (s.row_block - 1) * s.stride + s.kernel};
    }
    /// Floats that one input channel takes.
    constexpr int channel_floats(int stride) const { return rows * stride * pitch; }
};

/// Of a dense tile that goes down the rows, on any machine.
inline constexpr int most_dense_tile_rows = 4;
static_assert(most_plane_columns <= most_dense_tile_rows);

/// As many rows at a time as leave half of the first-level cache free; a tile's, where it goes down the rows.
constexpr int dense_row_block(kernel_shape s, const op& o) {
    constexpr int half_of_cache = 4096;
    if (o.out.size.width <= s.lanes) return s.columns;
    s.row_block = 16;
    while (s.row_block > 4 && o.in.count * dense_scratch::of(s).channel_floats(s.stride) > half_of_cache)
        s.row_block /= 2;
    return s.row_block;
}

/// Output pixels at the left or upper edge whose tap, `distance` before the middle, lies outside of the map.
constexpr int outside_before(int distance, int stride) {
    return distance > 0 ? (distance + stride - 1) / stride : 0;
}
/// The same at the right or lower edge, `distance` after the middle.
constexpr int outside_after(int distance, int stride) { return distance > 0 ? distance / stride : 0; }

/// Pixels that a dense tile in groups may have: its sums, a weight for each row and one input must fit the
/// registers, and a product where multiplying and adding are two instructions.
constexpr int most_dense_pixels(int rows) {
    return (native_registers - rows - (native_multiply_add ? 1 : 2)) / rows;
}

/// The rows of the dense tiles in groups that load least at each step in depth: a weight for each of their
/// rows and an input for each of their pixels.
constexpr int most_dense_rows(int vectors, int width) {
    constexpr int most_rows = 4;
    int best = 1;
    int least = vectors * width * 2;
    for (int rows = 1; rows <= most_rows; ++rows) {
        const int loads = vectors * balanced::into(width, most_dense_pixels(rows)).blocks +
                          width * balanced::into(vectors, rows).blocks;
        if (loads < least) {
            least = loads;
            best = rows;
        }
    }
    return best;
}

/// Values that a dense convolution into groups reads, of weights, or adds up, of sums, again and again: part
/// of a second-level cache.
inline constexpr int dense_block_values = 32768;

/// Inputs whose weights for a tile's rows are one block: whole groups, if that many.
constexpr int dense_input_block(const kernel_shape& s) {
    const int inputs = dense_block_values / (s.kernel * s.kernel * s.rows * s.lanes);
    return inputs >= s.lanes ? inputs / s.lanes * s.lanes : inputs > 1 ? inputs : 1;
}

/// Output rows of which a tile's rows are one block.
constexpr int dense_group_row_block(const kernel_shape& s, extent out) {
    const int rows = dense_block_values / (out.width * s.rows * s.lanes);
    return balanced::into(out.height, rows > 1 ? rows : 1).size;
}

/// The kernel that makes a call of an op whose maps lie so, on vectors of `lanes` values.
constexpr kernel_shape select(const op& o, op_layout layout, int lanes) {
    kernel_shape s{.kind = o.kind,
                   .act = o.act,
                   .kernel = o.kernel,
                   .stride = o.stride,
                   .count_include_pad = o.count_include_pad,
                   .lanes = lanes,
                   .layout = layout,
                   .size = o.in.size};
    const bool groups = s.out_groups();
    const bool dense = o.kind == op_kind::dense;
    const int outputs = groups ? (o.out.count + lanes - 1) / lanes : o.out.count;
    if (o.kind == op_kind::linear) s.cut_rows(outputs, most_linear_rows);
    if (dense && groups) {
        s.cut_rows(outputs, most_dense_rows(outputs, o.out.size.width));
        s.cut_columns(o.out.size.width, most_dense_pixels(s.most_rows));
        s.input_block = dense_input_block(s);
        s.row_block = dense_group_row_block(s, o.out.size);
    } else if (dense || o.kind == op_kind::pointwise) {
        s.cut_columns(tiled_columns(o, groups, lanes), groups ? most_group_pixels : most_plane_columns);
        s.cut_rows(outputs, groups ? most_group_rows : most_plane_rows(s.columns));
        s.few_pixels_left = !groups && leaves_few_pixels(o, lanes);
        if (dense) s.row_block = dense_row_block(s, o);
    }
    if (!dense && !o.is_window()) s.size = {};
    return s;
}

/// Values from one plane to the next. A stride of 4 KiB would put equal pixels of all channels into one set
/// of the first-level cache.
constexpr int plane_pitch(int pixels) {
    const int pitch = rounded_up(pixels, 16);
    return pitch % 1024 ? pitch : pitch + 16;
}

/// How a window goes over a plane.
enum class window_path : unsigned char {
    rows,         ///< 3 x 3, stride 1, row by row
    parted_rows,  ///< 3 x 3, stride 2, row by row, even and odd columns parted
    flat,         ///< stride 1, all pixels as one row
    split_flat,   ///< the same after the plane is split by stride
};

/// Row by row where few lanes idle or do again what others did.
constexpr window_path path_of(const kernel_shape& s) {
    const int vectors_of_row = (s.size.width + s.lanes - 1) / s.lanes;
    if (s.kernel == 3 && s.stride == 1 && 4 * vectors_of_row * s.lanes <= 5 * s.size.width)
        return window_path::rows;
    if (s.kernel == 3 && s.stride == 2 && s.size.width >= s.lanes) return window_path::parted_rows;
    return s.stride == 1 ? window_path::flat : window_path::split_flat;
}

/// Channels whose planes are split by stride at a time, so that stores have long left when loads come.
inline constexpr int split_channels = 4;

/// Values of workspace that a kernel uses for itself during its call.
constexpr int scratch_size(const kernel_shape& s, const op& o) {
    if (o.is_window() && s.out_groups() && !s.layout.in_whole_groups)
        return rounded_up(o.in.size.pixels(), s.lanes) * s.lanes;
    if (o.is_window() && !s.out_groups() && path_of(s) == window_path::split_flat) {
        const int phases = s.stride * s.stride;
        return split_channels * phases * plane_pitch(o.out.size.pixels() + s.lanes);
    }
    if (o.kind == op_kind::dense && !s.out_groups()) {
        // Plans must not depend on the number of registers, as tiles do: a program plans for all its units.
        kernel_shape largest = s;
        if (o.out.size.width <= s.lanes) largest.row_block = most_dense_tile_rows;
        return rounded_up(o.in.count * dense_scratch::of(largest).channel_floats(s.stride), 16);
    }
    return 0;
}

}  // namespace plait::inline PLAIT_TARGET
