// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// What the bytes of a channel stand for: (byte - zero) * scale. A byte of `zero` is 0.
struct channel_code {
    float scale = 1;
    int zero = 0;  ///< from 0 to 255

    /// What a byte stands for.
    constexpr float value(int byte) const { return static_cast<float>(byte - zero) * scale; }
    friend constexpr bool operator==(channel_code, channel_code) = default;
};

}  // namespace plait::inline PLAIT_TARGET
