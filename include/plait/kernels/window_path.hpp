// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/padded_rows.hpp"

namespace plait::inline PLAIT_TARGET {

/// How a window goes over a plane.
enum class window_path : unsigned char {
    rows,           ///< 3 x 3, stride 1, row by row
    even_odd_rows,  ///< 3 x 3, stride 2, row by row, even and odd columns by themselves
    flat,           ///< stride 1, all pixels as one row
    split_flat,     ///< the same after the plane is split by stride
    padded,         ///< any window, over a copy of the plane with its padding
};

/// Whether all pixels of a plane, or of its parts by stride, can be swept as one row: every tap of an output
/// is one of the outputs' places, few of them away.
constexpr bool goes_flat(const kernel_shape& s) {
    const axis_taps rows{s.window.rows};
    const axis_taps columns{s.window.columns};
    constexpr int most_taps = 9;
    return s.window.cuts_evenly(s.size, s.out_size()) && s.window.rows.kernel <= most_taps &&
           s.window.columns.kernel <= most_taps && rows.first_shift() <= 0 && rows.last_shift() >= 0 &&
           columns.first_shift() <= 0 && columns.last_shift() >= 0 && -columns.first_shift() < s.lanes &&
           columns.last_shift() < s.lanes;
}

/// Row by row where few lanes idle or do again what others did.
constexpr window_path path_of(const kernel_shape& s) {
    if (!goes_flat(s) || s.in_groups()) return window_path::padded;
    const int vectors_of_row = (s.size.width + s.lanes - 1) / s.lanes;
    if (s.window.is_centred(3, 1) && 4 * vectors_of_row * s.lanes <= 5 * s.size.width)
        return window_path::rows;
    if (s.window.is_centred(3, 2) && s.size.width >= s.lanes) return window_path::even_odd_rows;
    const bool has_strides = s.window.rows.stride > 1 || s.window.columns.stride > 1;
    return has_strides ? window_path::split_flat : window_path::flat;
}

/// Channels whose planes are split by stride or padded at a time, so that stores have long left when loads
/// come.
inline constexpr int split_channels = 4;

}  // namespace plait::inline PLAIT_TARGET
