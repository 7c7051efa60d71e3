// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "plait/graph/op.hpp"
#include "plait/kernels/balanced.hpp"
#include "plait/kernels/op_layout.hpp"

namespace plait::inline PLAIT_TARGET {

/// The pixels of a map that a kernel makes: of rows and columns each that is `stride` after the one before.
struct pixel_grid {
    extent first{};
    extent stride{1, 1};
    int width = 0;  ///< of the map; 0 where the kernel makes all of it

    friend constexpr bool operator==(const pixel_grid&, const pixel_grid&) = default;
};

/// What makes one kernel another: layers of one shape share one instantiation. Counts of channels are not in
/// it, nor sizes where the kernel takes them at run time. What a part of a template's argument says is made a
/// constant before it is used: clang up to 19 calls functions of such parts with another address.
struct kernel_shape {
    op_kind kind{};
    activation act{};
    plait::window window{};  ///< of a dense convolution, a depthwise one or a pool
    int factor = 1;          ///< of a pixel shuffle
    plait::sampling sampling{};
    plait::binary binary{};
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
    bool shared_remainder = false;  ///< pixels after whole vectors, in planes, go with several outputs
    ///< in one vector
    int row_block = 0;    ///< output rows that a dense convolution makes at a time
    int input_block = 0;  ///< inputs that a dense convolution into groups adds up at a time
    pixel_grid made{};    ///< by a dense convolution that is part of a transposed one
    int winograd = 0;     ///< of a dense convolution: outputs of the side of a tile; 0 where it is direct

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
    /// Of the output, where the kernel needs sizes at compile time.
    constexpr extent out_size() const { return window.outputs(size); }
    /// The pixel of the whole map that is row `y` and column `x` of what it makes.
    constexpr int pixel(int y, int x) const {
        if (made.width == 0) return y * out_size().width + x;
        return (y * made.stride.height + made.first.height) * made.width + x * made.stride.width +
               made.first.width;
    }
    /// Whether it reads groups.
    constexpr bool in_groups() const { return layout.in_step > 1; }
    /// Whether it writes groups.
    constexpr bool out_groups() const { return layout.out_step > 1; }
    friend constexpr bool operator==(const kernel_shape&, const kernel_shape&) = default;

    /// All that says in which order weights are packed, beside the call's counts of channels.
    constexpr std::array<int, 14> packing() const {
        constexpr int kinds = 256;
        return {static_cast<int>(kind) + kinds * winograd,
                window.rows.kernel,
                window.columns.kernel,
                lanes,
                out_groups(),
                rows,
                most_rows,
                uneven_rows,
                input_block,
                shared_remainder,
                kind == op_kind::conv_transpose ? window.rows.stride : 0,
                kind == op_kind::conv_transpose ? window.rows.before : 0,
                kind == op_kind::conv_transpose ? window.columns.stride : 0,
                kind == op_kind::conv_transpose ? window.columns.before : 0};
    }

    /// Whether its kernel runs several pictures, whose weights it reads once: `run(..., picture_run)`. It is
    /// of those that end networks, and reads and writes groups.
    constexpr bool takes_pictures() const {
        if (kind == op_kind::global_average_pool || kind == op_kind::global_max_pool)
            return layout.in_whole_groups;
        return kind == op_kind::linear || (kind == op_kind::pointwise && out_groups());
    }

    /// Whether both read the same weights from the same packed values.
    constexpr bool packs_like(const kernel_shape& other) const { return packing() == other.packing(); }
};

}  // namespace plait::inline PLAIT_TARGET
