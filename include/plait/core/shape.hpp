// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Height and width of a plane of pixels.
struct extent {
    int height = 1;
    int width = 1;

    /// Height x width.
    constexpr int pixels() const { return height * width; }
    /// Whether a stride divides height and width.
    constexpr bool divisible_by(int stride) const { return height % stride == 0 && width % stride == 0; }

    friend constexpr extent operator/(extent e, int stride) { return {e.height / stride, e.width / stride}; }
    friend constexpr extent operator*(extent e, int factor) { return {e.height * factor, e.width * factor}; }
    friend constexpr bool operator==(extent, extent) = default;
};

/// Channels, height and width: the sizes of one picture or activation, as in PyTorch's CHW order.
struct shape {
    int channels = 1;
    int height = 1;
    int width = 1;

    /// Height and width.
    constexpr extent plane() const { return {height, width}; }
    /// Height x width: values of one channel.
    constexpr int pixels() const { return height * width; }
    /// Values of all channels.
    constexpr int elements() const { return channels * height * width; }

    friend constexpr bool operator==(shape, shape) = default;
};

}  // namespace plait::inline PLAIT_TARGET
