// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include "plait/core/window.hpp"
#include "plait/kernels/matrix_product.hpp"

// A window's taps as rows of pixels: what tap t reads for every output is row t. With these a convolution of
// any window is a product of matrices, and so is each of its gradients.

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// The outputs of an axis whose tap lies in the map.
struct inside_range {
    int begin = 0;
    int end = 0;

    constexpr inside_range(const window_axis& axis, int tap, int inputs, int outputs)
        : begin(axis.outside_before(tap, outputs)), end(outputs - axis.outside_after(tap, inputs, outputs)) {
        if (end < begin) end = begin;
    }
};

/// to[i] = from[i * Stride], of `count` values.
inline void take_strided(const float* from, int stride, int count, float* to) {
    if (stride == 1) {
        std::memcpy(to, from, sizeof(float) * static_cast<unsigned>(count));
    } else {
        for (int i = 0; i < count; ++i) to[i] = from[i * stride];
    }
}

/// to[i * stride] += from[i].
inline void add_strided(const float* from, int count, float* to, int stride) {
    if (stride == 1) {
        for (int i = 0; i < count; ++i) to[i] += from[i];
    } else {
        for (int i = 0; i < count; ++i) to[i * stride] += from[i];
    }
}

}  // namespace detail

/// What each tap of a window reads of a plane of `size`, row after row of outputs, zeros outside:
/// `to` has a row for each tap, `made` pixels long.
inline void unfold(const window& w, const float* plane, extent size, extent made, channel_rows<float> to) {
    for (int t = 0; t < w.taps(); ++t) {
        const int row_tap = t / w.columns.kernel;
        const int column_tap = t % w.columns.kernel;
        const detail::inside_range columns(w.columns, column_tap, size.width, made.width);
        for (int y = 0; y < made.height; ++y) {
            float* const out = to.row(t) + y * made.width;
            const int row = w.rows.read_by(y, row_tap);
            const bool is_inside = row >= 0 && row < size.height;
            const int begin = is_inside ? columns.begin : made.width;
            const int end = is_inside ? columns.end : made.width;
            for (int x = 0; x < begin; ++x) out[x] = 0;
            if (begin < end)
                detail::take_strided(plane + row * size.width + w.columns.read_by(columns.begin, column_tap),
                                     w.columns.stride, end - begin, out + begin);
            for (int x = end; x < made.width; ++x) out[x] = 0;
        }
    }
}

/// Adds to every pixel of a plane what the taps that read it have: the transpose of `unfold`.
inline void fold(const window& w, channel_rows<const float> from, extent made, float* plane, extent size) {
    for (int t = 0; t < w.taps(); ++t) {
        const int row_tap = t / w.columns.kernel;
        const int column_tap = t % w.columns.kernel;
        const detail::inside_range columns(w.columns, column_tap, size.width, made.width);
        if (columns.begin == columns.end) continue;
        for (int y = 0; y < made.height; ++y) {
            const int row = w.rows.read_by(y, row_tap);
            if (row < 0 || row >= size.height) continue;
            detail::add_strided(from.row(t) + y * made.width + columns.begin, columns.end - columns.begin,
                                plane + row * size.width + w.columns.read_by(columns.begin, column_tap),
                                w.columns.stride);
        }
    }
}

}  // namespace plait::inline PLAIT_TARGET
