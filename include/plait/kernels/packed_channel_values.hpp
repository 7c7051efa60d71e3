// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_shape.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Of a kernel that reads a value for each channel, or a vector for each group of channels.
template <kernel_shape S>
struct packed_channel_values {
    static constexpr long long packed_size(const op& o) { return rounded_up(o.out.count, S.lanes); }

    static void pack(const op& o, const float* values, const float*, float* to) {
        const auto size = static_cast<int>(packed_size(o));
        for (int c = 0; c < size; ++c) to[c] = c < o.out.count ? values[o.one_slope ? 0 : c] : 0.0F;
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
