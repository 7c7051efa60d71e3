// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/dense_blocks.hpp"
#include "plait/kernels/gathered.hpp"
#include "plait/kernels/transposed_phases.hpp"
#include "plait/kernels/window_path.hpp"
#include "plait/kernels/winograd_cut.hpp"

namespace plait::inline PLAIT_TARGET {

/// Values of workspace that a kernel uses for itself during its call.
constexpr int scratch_size(const kernel_shape& s, const op& o) {
    if (s.winograd > 0) return winograd_cut::of(s, o).scratch();
    if (o.kind == op_kind::on_packs) return o.own_values;
    if ((o.is_window() || o.is_of_pixels()) && s.out_groups() && !s.layout.in_whole_groups)
        return rounded_up(o.in.size.pixels(), s.lanes) * s.lanes;
    const int at_a_time = o.out.count < split_channels ? o.out.count : split_channels;
    if (o.is_window() && !s.out_groups() && path_of(s) == window_path::split_flat) {
        const int phases = s.window.rows.stride * s.window.columns.stride;
        return at_a_time * phases * plane_pitch(o.out.size.pixels() + s.lanes);
    }
    if (o.is_window() && !s.out_groups() && path_of(s) == window_path::padded)
        return rounded_up(at_a_time * padded_rows::of(s, o.out.size.height).channel_values(s), 16);
    if (o.kind == op_kind::binary && !detail::combines_in_place(s))
        return 2 * detail::gathered_values(o.out.size.pixels(), s.lanes);
    const bool gathers = o.kind == op_kind::global_max_pool || o.kind == op_kind::resample ||
                         (o.kind == op_kind::global_average_pool && s.in_groups());
    if (gathers && !s.layout.in_whole_groups) return detail::gathered_values(o.in.size.pixels(), s.lanes);
    if (o.kind == op_kind::pixel_shuffle)
        return o.factor * o.factor * detail::gathered_values(o.in.size.pixels(), s.lanes);
    if (o.kind == op_kind::pixel_unshuffle) {
        const int pixels = o.out.size.pixels();
        const int as_planes = s.lanes * o.factor * o.factor * plane_pitch(pixels);
        return detail::gathered_values(o.in.size.pixels(), s.lanes) +
               (s.out_groups() ? as_planes + detail::gathered_values(pixels, s.lanes) : 0);
    }
    if (o.kind == op_kind::dense && !s.out_groups()) {
        // Plans must not depend on the number of registers, as tiles do: a program plans for all its units.
        kernel_shape largest = s;
        if (o.out.size.width <= s.lanes) largest.row_block = most_dense_tile_rows;
        return rounded_up(o.group_inputs() * padded_rows::of(largest, largest.row_block).channel_values(s),
                          16);
    }
    if (o.kind == op_kind::conv_transpose && !s.out_groups()) {
        const transposed_phases phases{o.window, o.in.size};
        int most = 0;
        for (int phase = 0; phase < phases.count(); ++phase) {
            if (!phases.makes_any(phases.at(phase))) continue;
            kernel_shape one = phases.shape_of(s, phases.at(phase));
            if (one.out_size().width <= s.lanes) one.row_block = most_dense_tile_rows;
            const int values = o.in.count * padded_rows::of(one, one.row_block).channel_values(one);
            most = values > most ? values : most;
        }
        return rounded_up(most, 16);
    }
    return 0;
}

}  // namespace plait::inline PLAIT_TARGET
