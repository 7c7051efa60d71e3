// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/balanced.hpp"
#include "plait/kernels/kernel_shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// Rows are cut by strides up to this by shuffling whole vectors, which are read past their ends; by larger
/// ones value by value.
inline constexpr int most_shuffled_stride = 4;

/// How a window meets columns (or rows) that are kept in one run for each residue modulo the stride: tap t of
/// output i reads run `phase(t)` at i + `shift(t)`.
struct axis_taps {
    window_axis axis;

    /// How far from the output's place in its run the tap reads.
    constexpr int shift(int tap) const {
        const int at = axis.read_by(0, tap);
        return at >= 0 ? at / axis.stride : -((-at + axis.stride - 1) / axis.stride);
    }
    /// The run that the tap reads.
    constexpr int phase(int tap) const { return axis.read_by(0, tap) - shift(tap) * axis.stride; }
    /// Of the first tap.
    constexpr int first_shift() const { return shift(0); }
    /// Of the last tap.
    constexpr int last_shift() const { return shift(axis.kernel - 1); }
    /// From the first to the last.
    constexpr int shifts() const { return last_shift() - first_shift() + 1; }
    /// Columns of a run that outputs read past theirs.
    constexpr int ahead() const { return last_shift() > 0 ? last_shift() : 0; }
};

/// Input rows with their padding, as a window reads them where it meets no edge: per row one run of values
/// for each residue of the column modulo the stride.
struct padded_rows {
    int first_column;  ///< of a run: where what the first output stands on lies
    int pitch;         ///< of one run
    int rows;

    /// Those that `row_block` rows of outputs read.
    static constexpr padded_rows of(const kernel_shape& s, int row_block) {
        const axis_taps taps{s.window.columns};
        const int width = s.out_size().width;
        const int first_column = rounded_up(taps.first_shift() < 0 ? -taps.first_shift() : 0, s.lanes);
        const int ahead = taps.ahead();
        return {first_column, rounded_up(first_column + rounded_up(width + ahead, s.lanes) + ahead, 16),
                (row_block - 1) * s.window.rows.stride + s.window.rows.reach()};
    }
    /// From one row to the next.
    constexpr int row_step(const kernel_shape& s) const { return s.window.columns.stride * pitch; }
    /// Values that all rows of a channel take.
    constexpr int channel_values(const kernel_shape& s) const { return rows * row_step(s); }
};

}  // namespace plait::inline PLAIT_TARGET
