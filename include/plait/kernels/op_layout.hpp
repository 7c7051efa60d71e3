// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/balanced.hpp"

namespace plait::inline PLAIT_TARGET {

/// How a map lies in memory: values between the pixels of one channel. In planes a channel is a contiguous
/// plane of pixels (step 1); in groups `lanes` channels lie side by side at every pixel (step `lanes`).
struct op_layout {
    int in_step = 1;
    int out_step = 1;
    bool in_whole_groups = false;  ///< all that is read is whole groups in order

    friend constexpr bool operator==(op_layout, op_layout) = default;
};

/// Values from one plane to the next. A stride of 4 KiB would put equal pixels of all channels into one set
/// of the first-level cache.
constexpr int plane_pitch(int pixels) {
    const int pitch = rounded_up(pixels, 16);
    return pitch % 1024 ? pitch : pitch + 16;
}

}  // namespace plait::inline PLAIT_TARGET
