// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/gather.hpp"
#include "plait/kernels/padded_rows.hpp"
#include "plait/kernels/tile.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Copies the rows of a channel from `first_row` on, which may lie above it: [row][phase][column]. What lies
/// outside of the map becomes `outside`. A channel that lies in groups becomes a plane. The last row may lie
/// elsewhere.
template <kernel_shape S>
inline void copy_padded(const float* plane, const float* last_row, int first_row, padded_rows copied,
                        float outside, float* to) {
    constexpr int stride = S.window.columns.stride;
    constexpr axis_taps taps{S.window.columns};
    constexpr int read = S.out_size().width + taps.ahead();  // columns of a run that somebody reads
    constexpr int strides = (S.size.width + stride - 1) / stride;
    constexpr int whole = strides < read ? strides : read;
    for (int r = 0; r < copied.rows; ++r, to += stride * copied.pitch) {
        const int y = first_row + r;
        if (y < 0 || y >= S.size.height) {
            for (int i = 0; i < stride * copied.pitch; ++i) to[i] = outside;
            continue;
        }
        float* runs[as_size(stride)];
        for (int phase = 0; phase < stride; ++phase)
            runs[phase] = to + phase * copied.pitch + copied.first_column;
        if constexpr (S.in_groups() || stride > most_shuffled_stride) {
            const float* row = plane + y * S.size.width * S.layout.in_step;
            for (int phase = 0; phase < stride; ++phase) {
                const int inside = (S.size.width - phase + stride - 1) / stride;
                gather_run<stride * S.layout.in_step>(row + phase * S.layout.in_step,
                                                      inside < read ? inside : read, runs[phase]);
            }
        } else {
            split_columns<stride>(y == S.size.height - 1 ? last_row : plane + y * S.size.width, whole, runs);
        }
        for (int phase = 0; phase < stride; ++phase) {
            const int inside = (S.size.width - phase + stride - 1) / stride;
            for (int i = taps.first_shift(); i < 0; ++i) runs[phase][i] = outside;
            for (int i = inside; i < read; ++i) runs[phase][i] = outside;
        }
    }
}

template <kernel_shape S>
inline void copy_padded(const float* plane, int first_row, padded_rows copied, float outside, float* to) {
    copy_padded<S>(plane, plane + (S.size.height - 1) * S.size.width, first_row, copied, outside, to);
}

}  // namespace plait::inline PLAIT_TARGET::detail
