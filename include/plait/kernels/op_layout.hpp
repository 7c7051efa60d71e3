// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/feature_map.hpp"
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

/// What is placed as one: a plane, or `step` channels side by side. Outputs of another group of a convolution
/// begin with another piece.
struct map_pieces {
    int step = 1;
    int of_group = 1;  ///< channels of a convolution's group
    int pieces_of_group = 1;
    int count = 1;

    static constexpr map_pieces of(feature_map map, int groups, int step) {
        const int channels = map.count / groups;
        const int pieces = (channels + step - 1) / step;
        return {step, channels, pieces, groups * pieces};
    }
    /// The piece in which a channel lies.
    constexpr int at(int channel) const {
        return channel / of_group * pieces_of_group + channel % of_group / step;
    }
    /// The first channel of a piece.
    constexpr int first(int piece) const {
        return piece / pieces_of_group * of_group + piece % pieces_of_group * step;
    }
    /// Channels of a piece.
    constexpr int channels(int piece) const {
        const int left = of_group - piece % pieces_of_group * step;
        return left < step ? left : step;
    }
};

/// Values from one plane to the next. A stride of 4 KiB would put equal pixels of all channels into one set
/// of the first-level cache.
constexpr int plane_pitch(int pixels) {
    const int pitch = rounded_up(pixels, 16);
    return pitch % 1024 ? pitch : pitch + 16;
}

}  // namespace plait::inline PLAIT_TARGET
