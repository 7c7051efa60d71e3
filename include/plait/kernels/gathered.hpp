// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_shape.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Values that a group of so many pixels takes when it is gathered from anywhere.
constexpr int gathered_values(int pixels, int lanes) { return rounded_up(pixels, lanes) * lanes; }

/// Of a binary operation: whether all its maps lie so that vectors of one are vectors of all.
constexpr bool combines_in_place(const kernel_shape& s) {
    return s.out_groups() ? s.layout.in_whole_groups : !s.in_groups();
}

}  // namespace plait::inline PLAIT_TARGET::detail
