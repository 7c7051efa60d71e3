// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/op.hpp"
#include "plait/kernels/balanced.hpp"

namespace plait::inline PLAIT_TARGET {

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

/// Pixels that a vector which several outputs share has of each.
inline constexpr int shared_pixels = 4;

/// Whether the pixels left after whole vectors are so few that they had better go with several outputs in one
/// vector.
constexpr bool shares_remainder(const op& o, int lanes) {
    const int left = o.out.size.pixels() % lanes;
    return o.kind == op_kind::pointwise && 0 < left && left <= shared_pixels && shared_pixels < lanes &&
           o.out.size.pixels() > lanes;
}

/// Vectors of pixels in planes, pixels in groups. A dense convolution in planes goes row by row, or where a
/// row is one vector, down the rows.
constexpr int tiled_columns(const op& o, bool groups, int lanes) {
    const extent size = o.out.size;
    if (groups) return size.pixels();
    if (shares_remainder(o, lanes)) return size.pixels() / lanes;
    if (o.kind == op_kind::dense && size.width <= lanes) return size.height;
    const int run = o.kind == op_kind::dense ? size.width : size.pixels();
    return (run + lanes - 1) / lanes;
}

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

}  // namespace plait::inline PLAIT_TARGET
