// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/dense_blocks.hpp"

namespace plait::inline PLAIT_TARGET {

/// A transposed convolution as dense ones: each makes the pixels of one residue of rows and columns modulo
/// the strides, of the taps that meet them.
struct transposed_phases {
    plait::window window;  ///< of the convolution that it is the transpose of
    extent in;

    /// How many there are.
    constexpr int count() const { return window.rows.stride * window.columns.stride; }
    /// Residue of the rows and of the columns.
    constexpr extent at(int phase) const {
        return {phase / window.columns.stride, phase % window.columns.stride};
    }
    /// Whether the map has such a pixel.
    constexpr bool makes_any(extent phase) const {
        const extent out = window.undone(in);
        return phase.height < out.height && phase.width < out.width;
    }
    /// The window of one of them, over the map that is read.
    constexpr plait::window window_of(extent phase) const {
        return {window.rows.undone_by(phase.height, in.height),
                window.columns.undone_by(phase.width, in.width)};
    }
    /// The tap of the whole kernel that is tap `t` of a phase's; -1 where that has none.
    constexpr int tap_of(extent phase, int t) const {
        if (!window.rows.has_taps(phase.height) || !window.columns.has_taps(phase.width)) return -1;
        const plait::window one = window_of(phase);
        const auto tap = [](const window_axis& axis, int residue, int last) {
            return (residue + axis.before) % axis.stride + last * axis.stride;
        };
        const int row = tap(window.rows, phase.height, one.rows.kernel - 1 - t / one.columns.kernel);
        const int column = tap(window.columns, phase.width, one.columns.kernel - 1 - t % one.columns.kernel);
        return row * window.columns.kernel + column;
    }
    /// The dense kernel of a phase, in tiles of the whole's rows.
    constexpr kernel_shape shape_of(const kernel_shape& whole, extent phase) const {
        kernel_shape s = whole;
        s.kind = op_kind::dense;
        s.window = window_of(phase);
        s.made = {phase, {window.rows.stride, window.columns.stride}, window.undone(in).width};
        const extent out = s.out_size();
        if (s.out_groups()) {
            s.cut_columns(out.width, whole.most_columns);
            s.input_block = dense_input_block(s);
            s.row_block = dense_group_row_block(s, out);
        } else {
            const bool down_rows = out.width <= s.lanes;
            s.cut_columns(down_rows ? out.height : (out.width + s.lanes - 1) / s.lanes, whole.most_columns);
            if (down_rows) s.row_block = s.columns;
        }
        return s;
    }
};

}  // namespace plait::inline PLAIT_TARGET
