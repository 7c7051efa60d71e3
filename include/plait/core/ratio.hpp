// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A fraction of channels, such as the split ratio r = 3/8: `ratio{3, 8}`.
struct ratio {
    int numerator = 1;
    int denominator = 2;

    /// Whether it lies strictly between 0 and 1, so that both parts of a split have channels.
    constexpr bool splits() const { return 0 < numerator && numerator < denominator; }
    /// Whether it gives a whole number of that many channels.
    constexpr bool divides(int channels) const { return channels * numerator % denominator == 0; }
    /// So many of that many channels, rounded down.
    constexpr int of(int channels) const { return channels * numerator / denominator; }

    friend constexpr bool operator==(ratio, ratio) = default;
};

}  // namespace plait::inline PLAIT_TARGET
