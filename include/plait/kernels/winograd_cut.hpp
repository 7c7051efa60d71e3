// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/shape.hpp"
#include "plait/graph/op.hpp"
#include "plait/kernels/balanced.hpp"
#include "plait/kernels/kernel_shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// How Winograd's convolution cuts a map: tiles of `outputs` x `outputs` pixels, each of one more square of
/// inputs on every side, and blocks of tiles whose transforms and products stay in a second-level cache. It
/// depends on lanes alone, as plans do.
struct winograd_cut {
    int outputs;  ///< of a tile's side
    extent tiles{};
    int block = 0;      ///< tiles at a time
    int pitch = 0;      ///< tiles, from one vector of channels to the next
    int in_pitch = 0;   ///< values, from one tap of transformed inputs to the next
    int out_pitch = 0;  ///< of products
    int lanes = 0;

    /// Of a tile's side.
    constexpr int inputs() const { return outputs + 2; }
    /// Products of one channel with another, of one tile.
    constexpr int taps() const { return inputs() * inputs(); }
    /// Tiles at a time of most layers.
    static constexpr int typical_block = 24;
    /// Tiles of a strip, whose columns are transformed together.
    static constexpr int most_of_strip = 8;
    /// Columns of a strip as it may be gathered: whole vectors.
    constexpr int strip_columns() const { return rounded_up(most_of_strip * outputs + 2, lanes) + lanes; }
    /// Values of strips: one gathered, one half transformed, and a vector of zeros.
    constexpr int strip_values() const { return (2 * inputs() * strip_columns() + 1) * lanes; }
    /// Tiles that are multiplied at once, on any machine.
    static constexpr int most_multiplied = 8;
    /// Tiles that are multiplied where there are `tiles`: at most so many at once, or one less.
    static constexpr int multiplied_tiles(int tiles, int most) {
        const int shorter = (tiles + most - 1) / most * (most - 1);
        return tiles < shorter ? shorter : tiles;
    }
    /// Values of workspace.
    constexpr int scratch() const { return taps() * (in_pitch + out_pitch) + strip_values(); }

    /// Of a convolution of so many channels. Taps begin in different sets of a first-level cache.
    static constexpr winograd_cut of(int outputs, int in_channels, int out_channels, extent out, int lanes) {
        constexpr int most_values = 98304;  // three quarters of 512 KB
        constexpr int least_tiles = 16;     // weights that come from memory are read again for each block
        constexpr int most_tiles = 64;
        winograd_cut cut{.outputs = outputs, .lanes = lanes};
        cut.tiles = {(out.height + outputs - 1) / outputs, (out.width + outputs - 1) / outputs};
        const int in = rounded_up(in_channels, lanes);
        const int made = rounded_up(out_channels, lanes);
        const int fitting = most_values / (cut.taps() * (in + made));
        const int many = fitting < least_tiles ? least_tiles : fitting < most_tiles ? fitting : most_tiles;
        cut.block = balanced::into(cut.tiles.pixels(), many).size;
        cut.pitch = cut.block;
        for (int most = 2; most <= most_multiplied; ++most) {
            const int multiplied = multiplied_tiles(cut.block, most);
            cut.pitch = multiplied > cut.pitch ? multiplied : cut.pitch;
        }
        const auto odd_lines = [](int values) {
            constexpr int line = 16;
            const int lines = (values + line - 1) / line;
            return (lines % 2 ? lines : lines + 1) * line;
        };
        cut.in_pitch = odd_lines(in * cut.pitch);
        cut.out_pitch = odd_lines(made * cut.pitch);
        return cut;
    }
    /// Of a call, and of each group of its channels.
    static constexpr winograd_cut of(const kernel_shape& s, const op& o) {
        return of(o.winograd, o.group_inputs(), o.group_outputs(), o.out.size, s.lanes);
    }
};

}  // namespace plait::inline PLAIT_TARGET
