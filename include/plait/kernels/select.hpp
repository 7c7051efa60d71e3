// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/dense_blocks.hpp"
#include "plait/kernels/transposed_phases.hpp"
#include "plait/kernels/winograd_cut.hpp"

namespace plait::inline PLAIT_TARGET {

/// Of a dense convolution by Winograd, whose sizes its kernel takes at run time.
constexpr kernel_shape winograd_shape(kernel_shape s, const op& o) {
    const int vectors = (o.group_outputs() + s.lanes - 1) / s.lanes;
    s.winograd = o.winograd;
    s.size = {};
    if (o.groups > 1 && o.group_inputs() % s.lanes != 0) s.layout.in_whole_groups = false;
    s.cut_rows(vectors, most_dense_rows(vectors, winograd_cut::typical_block));
    return s;
}

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
    if (o.winograd > 0) return winograd_shape(s, o);
    if (o.kind == op_kind::conv_transpose) {
        op largest = o;
        largest.kind = op_kind::dense;
        largest.window = transposed_phases{o.window, o.in.size}.window_of({0, 0});
        largest.out.size = largest.window.outputs(o.in.size);
        const kernel_shape cut = select(largest, layout, lanes);
        s.rows = cut.rows;
        s.most_rows = cut.most_rows;
        s.uneven_rows = cut.uneven_rows;
        s.most_columns = s.out_groups() ? cut.most_columns : cut.columns;
        s.row_block = cut.row_block;
        s.input_block = cut.input_block;
        return s;
    }
    const bool dense = o.kind == op_kind::dense;
    const int outputs = groups ? (o.group_outputs() + lanes - 1) / lanes : o.group_outputs();
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
    const bool flattens = o.kind == op_kind::linear && o.in.size.pixels() > 1;
    if (!dense && !o.is_window() && !flattens) s.size = {};
    return s;
}

}  // namespace plait::inline PLAIT_TARGET
