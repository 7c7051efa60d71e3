// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/dense_blocks.hpp"

namespace plait::inline PLAIT_TARGET {

/// The kernel that makes a call of an op whose maps lie so, on vectors of `lanes` values.
constexpr kernel_shape select(const op& o, op_layout layout, int lanes) {
    kernel_shape s{.kind = o.kind,
                   .act = o.act,
                   .window = o.window,
                   .factor = o.factor,
                   .sampling = o.sampling,
                   .binary = o.binary,
                   .count_include_pad = o.count_include_pad,
                   .lanes = lanes,
                   .layout = layout,
                   .size = o.in.size};
    const bool groups = s.out_groups();
    const bool dense = o.kind == op_kind::dense;
    const int outputs = groups ? (o.out.count + lanes - 1) / lanes : o.out.count;
    if (o.kind == op_kind::linear) s.cut_rows(outputs, most_linear_rows);
    if (dense && groups) {
        s.cut_rows(outputs, most_dense_rows(outputs, o.out.size.width));
        s.cut_columns(o.out.size.width, most_dense_pixels(s.most_rows));
        s.input_block = dense_input_block(s);
        s.row_block = dense_group_row_block(s, o.out.size);
    } else if (dense || o.kind == op_kind::pointwise) {
        s.cut_columns(tiled_columns(o, groups, lanes), groups ? most_group_pixels : most_plane_columns);
        s.cut_rows(outputs, groups ? most_group_rows : most_plane_rows(s.columns));
        s.shared_remainder = !groups && shares_remainder(o, lanes);
        if (dense) s.row_block = dense_row_block(s, o);
    }
    if (!dense && !o.is_window()) s.size = {};
    return s;
}

}  // namespace plait::inline PLAIT_TARGET
