// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_shape.hpp"

namespace plait::inline PLAIT_TARGET {

/// How a window goes over a plane.
enum class window_path : unsigned char {
    rows,           ///< 3 x 3, stride 1, row by row
    even_odd_rows,  ///< 3 x 3, stride 2, row by row, even and odd columns by themselves
    flat,           ///< stride 1, all pixels as one row
    split_flat,     ///< the same after the plane is split by stride
};

/// Row by row where few lanes idle or do again what others did.
constexpr window_path path_of(const kernel_shape& s) {
    const int vectors_of_row = (s.size.width + s.lanes - 1) / s.lanes;
    if (s.kernel == 3 && s.stride == 1 && 4 * vectors_of_row * s.lanes <= 5 * s.size.width)
        return window_path::rows;
    if (s.kernel == 3 && s.stride == 2 && s.size.width >= s.lanes) return window_path::even_odd_rows;
    return s.stride == 1 ? window_path::flat : window_path::split_flat;
}

/// Channels whose planes are split by stride at a time, so that stores have long left when loads come.
inline constexpr int split_channels = 4;

}  // namespace plait::inline PLAIT_TARGET
