// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/padded_rows.hpp"
#include "plait/kernels/tile_size.hpp"

namespace plait::inline PLAIT_TARGET {

/// Of a dense tile that goes down the rows, on any machine.
inline constexpr int most_dense_tile_rows = 4;
static_assert(most_plane_columns <= most_dense_tile_rows);

/// As many rows at a time as leave half of the first-level cache free; a tile's, where it goes down the rows.
constexpr int dense_row_block(kernel_shape s, const op& o) {
    constexpr int half_of_cache = 4096;
    if (o.out.size.width <= s.lanes) return s.columns;
    s.row_block = 16;
    while (s.row_block > 4 &&
           o.group_inputs() * padded_rows::of(s, s.row_block).channel_values(s) > half_of_cache)
        s.row_block /= 2;
    return s.row_block;
}

/// Values that a dense convolution into groups reads, of weights, or adds up, of sums, again and again: part
/// of a second-level cache.
inline constexpr int dense_block_values = 32768;

/// Inputs whose weights for a tile's rows are one block: whole groups, if that many.
constexpr int dense_input_block(const kernel_shape& s) {
    const int inputs = dense_block_values / (s.window.taps() * s.rows * s.lanes);
    return inputs >= s.lanes ? inputs / s.lanes * s.lanes : inputs > 1 ? inputs : 1;
}

/// Output rows of which a tile's rows are one block.
constexpr int dense_group_row_block(const kernel_shape& s, extent out) {
    const int rows = dense_block_values / (out.width * s.rows * s.lanes);
    return balanced::into(out.height, rows > 1 ? rows : 1).size;
}

}  // namespace plait::inline PLAIT_TARGET
